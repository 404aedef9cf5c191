; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Nothing chooses at load.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: the program chooses a function when it is loaded
@f = ifunc void (), ptr @resolve
define internal ptr @resolve() {
  ret ptr null
}
