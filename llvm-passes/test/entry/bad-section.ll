; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A program type that does not exist.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/socket`: there is no such program type

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/socket"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

