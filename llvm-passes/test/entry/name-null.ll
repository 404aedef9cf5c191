; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A null name.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program P in section `rex/xdp`: its name is not a constant

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr null, i64 5, ptr @w }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

