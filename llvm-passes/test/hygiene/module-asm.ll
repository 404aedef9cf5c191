; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Assembly that no pass can read.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: the program has assembly outside of functions
module asm "hlt"
