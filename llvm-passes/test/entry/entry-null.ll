; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; No entry.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/xdp`: its entry is not a function of this program

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr null }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

