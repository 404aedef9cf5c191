; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; An alias in the place of what code generation calls. What is local is in nobody's place.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK-NOT: memmove
; CHECK: error: rex: `memcpy` takes the place of a function that compiled code calls
; CHECK-NOT: memmove
@memcpy = alias i32 (ptr), ptr @f
@memmove = internal alias i32 (ptr), ptr @f
define i32 @f(ptr %a) {
  ret i32 0
}
