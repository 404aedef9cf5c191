; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Names agreed with the kernel stay: entries, the handler, imports.
; RUN: %rex -passes=rex-names %s | FileCheck %s

; CHECK: define void @_RNvCs1_5hello4work()
; CHECK: declare void @_RNvCs1_5hello4more()
define void @_RNvCs1_5hello4work() {
  call void @_RNvCs1_5hello4more()
  ret void
}
declare void @_RNvCs1_5hello4more()
