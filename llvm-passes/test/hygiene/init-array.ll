; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Nor through a section.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `INIT` is in section `.init_array`
@INIT = internal constant ptr @f, section ".init_array"
define internal void @f() {
  ret void
}
