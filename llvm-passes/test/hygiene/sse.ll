; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Registers that the kernel does not save.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `hello::work` uses target feature `sse2`
define internal void @_RNvCs1_5hello4work() "target-features"="-mmx,-sse,+sse2" {
  ret void
}
