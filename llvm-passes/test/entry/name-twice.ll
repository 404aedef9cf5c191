; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Two programs of one name.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/tc`: `hello` is the name of another symbol

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/xdp"
@Q = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/tc"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

