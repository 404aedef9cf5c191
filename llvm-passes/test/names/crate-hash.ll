; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Hashes of crates, which differ from folder to folder, do not get into the object.
; RUN: %rex -passes=rex-names %s | FileCheck %s

; CHECK: source_filename = "hello"
; CHECK: @anon.13 = private constant
; CHECK: @anon.f074.1 = private constant
; CHECK: @anon.f074a94e2bf329a3551f850d4733e1f7.14 = constant
source_filename = "hello.652b73108fa0763c-cgu.0"
@anon.f074a94e2bf329a3551f850d4733e1f7.13 = private constant i8 1
; Another name, and one that somebody outside may know.
@anon.f074.1 = private constant i8 2
@anon.f074a94e2bf329a3551f850d4733e1f7.14 = constant i8 3
