; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A name that starts with a digit.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program 1ello in section `rex/xdp`: `1ello` is not an ASCII identifier

@name = private constant [5 x i8] c"hello"
@odd = private constant [5 x i8] c"1ello"
@P = internal constant { ptr, i64, ptr } { ptr @odd, i64 5, ptr @w }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

