; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The handler outlives full LTO although nothing in the program calls it.
; RUN: %rex -passes=rex-termination,globaldce %s | FileCheck %s

; CHECK: @llvm.used = appending global [1 x ptr] [ptr @__rex_handle_timeout]
; CHECK: define dso_local void @__rex_handle_timeout()
define i32 @prog(ptr %ctx) section "rex/xdp" {
  ret i32 0
}
define internal void @__rex_handle_timeout() {
  ret void
}
