; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Code in a section of its author's choice.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `f` is in section `.data`
define void @f() section ".data" {
  ret void
}
