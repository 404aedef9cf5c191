; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A name that hides another symbol, here a kernel function.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/xdp`: `hello` is the name of another symbol

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}
declare i64 @hello()
