; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What is in no section `rex/...` is none of the pass's business.
; RUN: %rex -passes=rex-entry %s | FileCheck %s

; CHECK: @map = global i32 0, section ".maps"
; CHECK: @near = global i32 0, section "rexx"
; CHECK-NOT: llvm.used
@map = global i32 0, section ".maps"
@near = global i32 0, section "rexx"
