; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A cycle of calls, two functions long: what may go deep is checked, leaves are not.
; RUN: %rex -passes=rex-stack %s | FileCheck %s

; CHECK: i32 7890258, i32 1, i32 4096], section ".note.rex"
; CHECK-LABEL: define i32 @prog
; CHECK-NEXT: [[SP:%.*]] = call i64 @llvm.read_register.i64(metadata [[RSP:![0-9]+]])
; CHECK-NEXT: [[AT:%.*]] = and i64 [[SP]], 49152
; CHECK-NEXT: [[LOW:%.*]] = icmp eq i64 [[AT]], 0
; CHECK-NEXT: br i1 [[LOW]], label %[[THEN:.*]], label %[[GO:.*]], !prof
; CHECK: [[THEN]]:
; CHECK-NEXT: call void @__rex_check_stack()
; CHECK-NEXT: br label %[[GO]]
; CHECK: [[GO]]:
; CHECK-NEXT: call void @even
; CHECK-LABEL: define internal void @even
; CHECK-NEXT: %x = alloca i32
; CHECK-NEXT: call i64 @llvm.read_register
; CHECK-LABEL: define internal void @odd
; CHECK: call i64 @llvm.read_register
; CHECK-LABEL: define internal void @leaf
; CHECK-NOT: call {{.*}}read_register
; CHECK-LABEL: define internal void @onlyleaf
; CHECK-NOT: call {{.*}}read_register
; CHECK: [[RSP]] = !{!"rsp"}
define i32 @prog(ptr %ctx) section "rex/xdp" {
  call void @even(i32 9)
  call void @onlyleaf()
  ret i32 0
}
define internal void @even(i32 %n) {
  %x = alloca i32
  call void @leaf()
  call void @odd(i32 %n)
  ret void
}
define internal void @odd(i32 %n) {
  call void @even(i32 %n)
  ret void
}
define internal void @leaf() {
  ret void
}
define internal void @onlyleaf() {
  call void @leaf()
  ret void
}
define void @__rex_check_stack() {
  ret void
}
