; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; rustc mangles the panic handler's name, with a hash of its version: it gets the one that all know, and its boundary.
; RUN: %rex -passes=rex-stack-boundary,always-inline %s | FileCheck %s

; CHECK: call void @rust_begin_unwind()
; CHECK: define internal void @rust_begin_unwind() [[ATTR:#[0-9]+]]
; CHECK: attributes [[ATTR]] = { noinline }
define i32 @prog(ptr %ctx) section "rex/xdp" {
  call void @_RNvCsdlqCvQLE1bQ_7___rustc17rust_begin_unwind()
  ret i32 0
}
define internal void @_RNvCsdlqCvQLE1bQ_7___rustc17rust_begin_unwind() alwaysinline {
  ret void
}
