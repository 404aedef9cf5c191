; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The runtime's own way to the panic handler is not checked, so it must be known.
; RUN: not %rex -passes=rex-stack %s 2>&1 | FileCheck %s

; CHECK: error: rex: `__rex_check_stack` or `__rex_handle_timeout` calls indirectly
@table = internal constant [1 x ptr] [ptr @prog]

define i32 @prog(ptr %ctx) section "rex/xdp" {
  %r = call i32 @prog(ptr %ctx)
  ret i32 %r
}
define void @__rex_check_stack() {
  %f = load ptr, ptr @table
  call void %f()
  ret void
}
