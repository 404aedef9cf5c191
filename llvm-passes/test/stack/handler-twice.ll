; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; There is one panic handler: another function of its name would not be checked.
; RUN: not %rex -passes=rex-stack-boundary %s 2>&1 | FileCheck %s

; CHECK: error: rex: `rust_begin_unwind`, the panic handler's name, is taken
define internal void @_RNvCs1_7___rustc17rust_begin_unwind() {
  ret void
}
define internal void @_RNvCs2_7___rustc17rust_begin_unwind() {
  ret void
}
