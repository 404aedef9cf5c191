; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A match of an enum ends the program for what is no variant, after all optimization: no table is read
; behind its end.
; RUN: %rex -passes=rex-values %s | FileCheck %s
; RUN: %rex -passes='rex-values,default<O3>' %s | FileCheck %s --check-prefix=OPT

; CHECK-LABEL: define i32 @matches
; CHECK: none:
; CHECK-NEXT: call void @__rex_trap()
; CHECK-NEXT: unreachable
; OPT-LABEL: i32 @matches
; OPT: switch i8 %v, label %none
; OPT: none:
; OPT-NEXT: call void @__rex_trap()
define i32 @matches(ptr %p) {
  %v = load i8, ptr %p, align 1, !range !0
  switch i8 %v, label %none [
    i8 0, label %a
    i8 1, label %b
    i8 2, label %c
    i8 3, label %d
  ]
a:
  ret i32 17
b:
  ret i32 4
c:
  ret i32 99
d:
  ret i32 1000
none:
  unreachable
}

; CHECK-LABEL: define void @panics
; CHECK-NEXT: call void @never()
; CHECK-NEXT: unreachable
define void @panics() {
  call void @never() noreturn
  unreachable
}
declare void @never()

!0 = !{i8 0, i8 4}
