; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A program that could not be ended.
; RUN: not %rex -passes=rex-termination %s 2>&1 | FileCheck %s

; CHECK: error: rex: no function `__rex_handle_timeout`
define i32 @prog(ptr %ctx) section "rex/xdp" {
  ret i32 0
}
