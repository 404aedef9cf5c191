; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; An ordinary program passes, and gets what kernel code must have on every function.
; RUN: %rex -passes=rex-hygiene %s | FileCheck %s

; CHECK: @MAP = global i32 0, section ".maps"
; CHECK: define void @f() [[ATTR:#[0-9]+]]
; CHECK: define i32 @prog(ptr %ctx) [[ATTR]] section "rex/tc"
; CHECK: attributes [[ATTR]] = { noredzone "disable-tail-calls"="true" "frame-pointer"="all" "no-jump-tables"="true" }
; CHECK: !{i32 4, !"cf-protection-branch", i32 1}
@MAP = global i32 0, section ".maps"
@llvm.global_ctors = appending global [0 x { i32, ptr, ptr }] zeroinitializer

define void @f() {
  ret void
}
define i32 @prog(ptr %ctx) section "rex/tc" {
  ret i32 0
}
