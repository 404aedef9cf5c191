; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A frame that grows at run time has no bound.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `f` has a frame whose size is only known at run time
define internal void @f(i64 %n) {
  %slot = alloca i8, i64 %n
  call void @use(ptr %slot)
  ret void
}
declare void @use(ptr)
