; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A function in the place of what code generation calls. What is local is in nobody's place, and a declaration is a call.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK-NOT: memmove
; CHECK: error: rex: `bcmp` takes the place of a function that compiled code calls
; CHECK-NOT: memcpy
define internal void @memmove() {
  ret void
}
declare ptr @memcpy(ptr, ptr, i64)
define i32 @bcmp(ptr %a) {
  ret i32 0
}
