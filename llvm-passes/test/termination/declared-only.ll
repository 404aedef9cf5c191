; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A handler that is only declared is none.
; RUN: not %rex -passes=rex-termination %s 2>&1 | FileCheck %s

; CHECK: error: rex: no function `__rex_handle_timeout`
define i32 @prog(ptr %ctx) section "rex/xdp" {
  call void @__rex_handle_timeout()
  ret i32 0
}
declare void @__rex_handle_timeout()
