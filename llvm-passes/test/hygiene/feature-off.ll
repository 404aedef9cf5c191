; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A feature that a later word switches off is off.
; RUN: %rex -passes=rex-hygiene %s | FileCheck %s

; CHECK: define void @f()
define void @f() "target-features"="+sse2,-sse2,+soft-float" {
  ret void
}
