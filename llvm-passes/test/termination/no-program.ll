; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Without programs there is nothing to end.
; RUN: %rex -passes=rex-termination %s | FileCheck %s

; CHECK-NOT: llvm.used
; CHECK: define void @f()
define void @f() {
  ret void
}
