; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Neither recursion nor indirect calls, on any path to an entry: no check, and a promise on the depth.
; RUN: %rex -passes=rex-stack %s | FileCheck %s

; CHECK: @rex_stack_note = private constant [6 x i32] [i32 4, i32 8, i32 1, i32 7890258, i32 0, i32 16384], section ".note.rex", align 4
; CHECK: @llvm.used = {{.*}} @rex_stack_note
; CHECK-NOT: call {{.*}}read_register
; CHECK-NOT: call void @__rex_check_stack
define i32 @prog(ptr %ctx) section "rex/xdp" {
  call void @a()
  call void @kernel()
  ret i32 0
}
define internal void @a() {
  call void @b()
  call void @b()
  ret void
}
define internal void @b() {
  call void @c()
  ret void
}
define internal void @c() {
  ret void
}
; Not reached, so not counted.
define internal void @loop() {
  call void @loop()
  ret void
}
define void @__rex_check_stack() {
  ret void
}
declare void @kernel()
