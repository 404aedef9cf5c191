; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; To align a slot, a function moves the stack pointer by up to that many bytes: no bound would hold.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK-NOT: line
; CHECK: error: rex: `page` has a value on the stack that is aligned to 4096 bytes, more than 64
; CHECK-NOT: line
define internal void @page() {
  %slot = alloca [4096 x i8], align 4096
  call void @use(ptr %slot)
  ret void
}
define internal void @line() {
  %slot = alloca [64 x i8], align 64
  call void @use(ptr %slot)
  ret void
}
declare void @use(ptr)
