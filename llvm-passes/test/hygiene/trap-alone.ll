; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A trap, and no runtime to turn it into a panic.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `f` has a trap, and there is no function `__rex_trap()`
define void @f() {
  call void @llvm.trap()
  unreachable
}
declare void @llvm.trap()
