; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; An object that the program reads.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/xdp`: it is used as a value

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}
define i64 @read() {
  %v = load i64, ptr @P
  ret i64 %v
}
