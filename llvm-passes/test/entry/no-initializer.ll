; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A global from somewhere else.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program P in section `rex/xdp`: it is no program object of 24 bytes

@name = private constant [5 x i8] c"hello"
@P = external global { ptr, i64, ptr }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

