; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Neither a call in the last place nor a switch becomes an indirect jump, and no code uses the red zone.
; RUN: %rex -passes=rex-hygiene %s | llc -mtriple=x86_64-unknown-none -relocation-model=pic -o - | FileCheck %s

; CHECK-NOT: {{jmp[ql]?[[:space:]]+\*}}
; CHECK-LABEL: last:
; CHECK: endbr64
; CHECK: callq *%{{[a-z0-9]+}}
; CHECK: retq
; CHECK-LABEL: leaf:
; CHECK: subq ${{[0-9]+}}, %rsp
; CHECK-NOT: {{jmp[ql]?[[:space:]]+\*}}
define i32 @last(ptr %f) {
  %v = tail call i32 %f()
  ret i32 %v
}
define i64 @leaf(i64 %n) {
  %slot = alloca [8 x i64], align 8
  %at = getelementptr [8 x i64], ptr %slot, i64 0, i64 %n
  store volatile i64 1, ptr %at
  %v = load volatile i64, ptr %at
  ret i64 %v
}
define void @choose(i32 %n) {
  switch i32 %n, label %d [ i32 0, label %a
    i32 1, label %b
    i32 2, label %c
    i32 3, label %a2
    i32 4, label %b2 ]
a:
  call void @one()
  ret void
b:
  call void @two()
  ret void
c:
  call void @three()
  ret void
a2:
  call void @four()
  ret void
b2:
  call void @five()
  ret void
d:
  ret void
}
declare void @one()
declare void @two()
declare void @three()
declare void @four()
declare void @five()
