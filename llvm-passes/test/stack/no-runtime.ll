; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Checks are needed and there is nothing to call.
; RUN: not %rex -passes=rex-stack %s 2>&1 | FileCheck %s

; CHECK: error: rex: no function `__rex_check_stack()`
define i32 @prog(ptr %ctx) section "rex/xdp" {
  %r = call i32 @prog(ptr %ctx)
  ret i32 %r
}
