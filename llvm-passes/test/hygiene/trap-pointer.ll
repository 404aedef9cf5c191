; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What is called through a pointer and should not return is not trusted to: nothing may follow.
; RUN: %rex -passes=rex-hygiene %s | FileCheck %s

; CHECK-LABEL: define void @pointer(
; CHECK: call void %f()
; CHECK-NEXT: call void @__rex_trap()
; CHECK-NEXT: unreachable
define void @pointer(ptr %f) {
  call void %f() noreturn
  unreachable
}

; CHECK-LABEL: define void @direct(
; CHECK-NEXT: call void @__rex_trap()
; CHECK-NEXT: unreachable
define void @direct() {
  call void @__rex_trap() noreturn
  unreachable
}

define void @__rex_trap() noreturn {
  br label %loop
loop:
  br label %loop
}
