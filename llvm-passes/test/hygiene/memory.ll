; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Functions that copy and compare memory are called directly, and imports through the GOT.
; RUN: %rex -passes=rex-hygiene %s | llc -mtriple=x86_64-unknown-none-elf -relocation-model=pic -O2 | FileCheck %s

; CHECK-LABEL: prog:
; CHECK: callq memcpy@PLT
; CHECK: callq memcmp@PLT
; CHECK: callq *import@GOTPCREL(%rip)
define i32 @prog(ptr %a, ptr %b, i64 %n) {
  call void @llvm.memcpy.p0.p0.i64(ptr %a, ptr %b, i64 %n, i1 false)
  %r = call i32 @memcmp(ptr %a, ptr %b, i64 %n) nonlazybind
  %i = call i32 @import(ptr %a)
  %s = add i32 %r, %i
  ret i32 %s
}
declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare i32 @memcmp(ptr, ptr, i64) nonlazybind
declare i32 @import(ptr) nonlazybind

!llvm.module.flags = !{!0}
!0 = !{i32 7, !"RtLibUseGOT", i32 1}
