; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; No program, no promise.
; RUN: %rex -passes=rex-stack %s | FileCheck %s

; CHECK-NOT: .note.rex
define void @f() {
  call void @f()
  ret void
}
