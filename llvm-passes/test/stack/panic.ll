; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What only the panic handler reaches is no part of the program: the program's promise stays,
; the handler's formatting is checked, and what both use is not.
; RUN: %rex -passes=rex-stack %s | FileCheck %s

; CHECK: i32 7890258, i32 0, i32 16384], section ".note.rex"
; CHECK-LABEL: define i32 @prog
; CHECK-NOT: call {{.*}}read_register
; CHECK-LABEL: define internal void @rust_begin_unwind
; CHECK-NOT: call {{.*}}read_register
; CHECK-LABEL: define internal void @write
; CHECK: call {{.*}}read_register
; CHECK-LABEL: define internal void @display
; CHECK: call {{.*}}read_register
; CHECK-LABEL: define internal void @shared
; CHECK-NOT: call {{.*}}read_register
; CHECK-LABEL: define void @__rex_check_stack
; CHECK-NOT: call {{.*}}read_register
; CHECK-LABEL: define internal void @panic_fmt
; CHECK-NOT: call {{.*}}read_register
@table = internal constant [1 x ptr] [ptr @display]

define i32 @prog(ptr %ctx) section "rex/xdp" {
  call void @shared()
  call void @panic_fmt()
  ret i32 0
}
define internal void @rust_begin_unwind() {
  call void @write()
  ret void
}
define internal void @write() {
  %f = load ptr, ptr @table
  call void %f()
  ret void
}
define internal void @display() {
  call void @shared()
  ret void
}
define internal void @shared() {
  call void @more()
  ret void
}
define internal void @more() {
  call void @end()
  ret void
}
define internal void @end() {
  ret void
}
define void @__rex_check_stack() {
  call void @panic_fmt()
  ret void
}
define internal void @panic_fmt() {
  call void @rust_begin_unwind()
  ret void
}
