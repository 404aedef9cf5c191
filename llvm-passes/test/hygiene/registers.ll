; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Features that bring foreign registers under names of their own.
; RUN: sed s/FEATURE/gfni/ %s | not %rex -passes=rex-hygiene 2>&1 | FileCheck %s -DNAME=gfni
; RUN: sed s/FEATURE/egpr/ %s | not %rex -passes=rex-hygiene 2>&1 | FileCheck %s -DNAME=egpr
; RUN: sed s/FEATURE/sm4/ %s | not %rex -passes=rex-hygiene 2>&1 | FileCheck %s -DNAME=sm4

; CHECK: error: rex: `f` uses target feature `[[NAME]]`
define internal void @f() "target-features"="+bmi,+FEATURE" {
  ret void
}
