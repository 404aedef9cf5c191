; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; An entry with another calling convention.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/xdp`: its entry is not an `extern "C" fn

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @wrong }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}
define fastcc i32 @wrong(ptr %p) {
  ret i32 0
}
