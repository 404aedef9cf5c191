; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What memory holds need not be what the type says.
; RUN: %rex -passes=rex-values %s | FileCheck %s

; CHECK-LABEL: define i8 @loads(ptr %p, i8 %tag)
; CHECK-NEXT: %v = load i8, ptr %p, align 1{{$}}
; CHECK-NEXT: %w = call i8 @f(i8 %v){{$}}
; CHECK-NEXT: ret i8 %w
; CHECK: declare i8 @f(i8)
define range(i8 0, 3) i8 @loads(ptr %p, i8 range(i8 0, 3) %tag) {
  %v = load i8, ptr %p, align 1, !range !0
  %w = call range(i8 0, 3) i8 @f(i8 range(i8 0, 3) %v)
  ret i8 %w
}
declare range(i8 0, 3) i8 @f(i8 range(i8 0, 3))

; CHECK-LABEL: define i1 @boolean
; CHECK: trunc i8 %v to i1
define i1 @boolean(ptr %p) {
  %v = load i8, ptr %p, align 1, !range !1
  %b = trunc nuw i8 %v to i1
  ret i1 %b
}

; CHECK-LABEL: define i64 @assumes
; CHECK-NOT: call void @llvm.assume(i1 %number)
; CHECK: call void @llvm.assume(i1 %index)
; CHECK: call void @llvm.assume(i1 %seen)
define i64 @assumes(i64 %i, i64 %len, i8 %enum) {
  %number = icmp ult i8 %enum, 4
  call void @llvm.assume(i1 %number)
  %index = icmp ult i64 %i, 20
  call void @llvm.assume(i1 %index)
  %seen = icmp ult i64 %i, %len
  call void @llvm.assume(i1 %seen)
  ret i64 %i
}
declare void @llvm.assume(i1)

!0 = !{i8 0, i8 3}
!1 = !{i8 0, i8 2}
