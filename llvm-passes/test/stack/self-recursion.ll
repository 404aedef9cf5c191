; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The shortest cycle.
; RUN: %rex -passes=rex-stack %s | FileCheck %s

; CHECK-LABEL: define i32 @prog
; CHECK: call {{.*}}read_register
define i32 @prog(ptr %ctx) section "rex/xdp" {
  %r = call i32 @prog(ptr %ctx)
  ret i32 %r
}
define void @__rex_check_stack() {
  ret void
}
