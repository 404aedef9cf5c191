; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What `become` compiles to would be an indirect jump.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `f` ends in a call that must be a jump
define internal i32 @f(ptr %g) {
  %r = musttail call i32 %g(ptr %g)
  ret i32 %r
}
