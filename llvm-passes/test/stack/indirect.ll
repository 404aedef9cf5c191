; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; One indirect call: every function whose address is taken may be its target.
; RUN: %rex -passes=rex-stack %s | FileCheck %s

; CHECK: i32 7890258, i32 1, i32 4096], section ".note.rex"
; CHECK-LABEL: define i32 @prog
; CHECK: call {{.*}}read_register
; CHECK-LABEL: define internal void @target
; CHECK: call {{.*}}read_register
; CHECK-LABEL: define internal void @below
; CHECK: call {{.*}}read_register
; CHECK-LABEL: define internal void @other
; CHECK-NOT: call {{.*}}read_register
@table = internal constant [1 x ptr] [ptr @target]

define i32 @prog(ptr %ctx) section "rex/xdp" {
  %f = load ptr, ptr @table
  call void %f()
  ret i32 0
}
define internal void @target() {
  call void @below()
  ret void
}
define internal void @below() {
  call void @leaf()
  ret void
}
define internal void @leaf() {
  call void @end()
  ret void
}
define internal void @end() {
  ret void
}
; Neither called nor pointed to.
define internal void @other() {
  call void @below()
  ret void
}
define void @__rex_check_stack() {
  ret void
}
