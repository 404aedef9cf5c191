; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A name that is no identifier of ASCII.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program h-llo in section `rex/xdp`: `h-llo` is not an ASCII identifier

@name = private constant [5 x i8] c"hello"
@odd = private constant [5 x i8] c"h-llo"
@P = internal constant { ptr, i64, ptr } { ptr @odd, i64 5, ptr @w }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

