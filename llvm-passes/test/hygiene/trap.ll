; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Traps and reachable ends become calls of the runtime.
; RUN: %rex -passes=rex-hygiene %s | FileCheck %s

; CHECK-LABEL: define void @abort
; CHECK-NEXT: call void @__rex_trap()
; CHECK-NEXT: unreachable
; CHECK-LABEL: define void @falls
; CHECK-NEXT: call void @g()
; CHECK-NEXT: call void @__rex_trap()
; CHECK-NEXT: unreachable
; CHECK-LABEL: define void @panics
; CHECK-NEXT: call void @never()
; CHECK-NEXT: unreachable
; CHECK-LABEL: define i32 @switches
; CHECK: impossible:
; CHECK-NEXT: unreachable
define void @abort() {
  call void @llvm.trap()
  unreachable
}
define void @falls() {
  call void @g()
  unreachable
}
define void @panics() {
  call void @never() noreturn
  unreachable
}
; For a value that can't be, no code is generated.
define i32 @switches(i32 %v) {
  switch i32 %v, label %impossible [
    i32 0, label %zero
    i32 1, label %one
  ]
zero:
  ret i32 7
one:
  ret i32 8
impossible:
  unreachable
}
define void @__rex_trap() {
  br label %l
l:
  br label %l
}
declare void @g()
declare void @never()
declare void @llvm.trap()
