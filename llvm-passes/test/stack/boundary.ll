; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The panic handler stays a function of its own through inlining.
; RUN: %rex -passes=rex-stack-boundary,always-inline %s | FileCheck %s

; CHECK: call void @rust_begin_unwind()
define i32 @prog(ptr %ctx) section "rex/xdp" {
  call void @rust_begin_unwind()
  ret i32 0
}
define internal void @rust_begin_unwind() alwaysinline {
  ret void
}
