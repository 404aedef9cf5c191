; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The same for arithmetic that the machine does not have.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program __udivti3 in section `rex/xdp`: `__udivti3` is the name of a function that compiled code calls

@name = private constant [9 x i8] c"__udivti3"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 9, ptr @w }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}
