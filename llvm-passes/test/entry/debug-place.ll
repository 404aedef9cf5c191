; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The entry is a function of the source for debuggers, under the name of the program, and so is what is inlined into it.
; RUN: %rex -passes=rex-entry,always-inline -S %s | FileCheck %s

; CHECK: define dso_local i32 @hello(ptr %0) {{.*}}section "rex/kprobe/do_it"{{.*}} !dbg [[ENTRY:![0-9]+]]
; CHECK-NEXT: store i32 1, ptr %0, align 4, !dbg [[INLINED:![0-9]+]]
; CHECK-DAG: [[ENTRY]] = distinct !DISubprogram(name: "hello", linkageName: "hello", {{.*}}line: 7,
; CHECK-DAG: [[INLINED]] = !DILocation(line: 8, column: 5, scope: [[OF:![0-9]+]], inlinedAt: [[AT:![0-9]+]])
; CHECK-DAG: [[OF]] = distinct !DISubprogram(name: "w",
; CHECK-DAG: [[AT]] = distinct !DILocation(line: 7, scope: [[ENTRY]])

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/kprobe/do_it"

define internal i32 @w(ptr %ctx) alwaysinline !dbg !4 {
  store i32 1, ptr %ctx, align 4, !dbg !6
  ret i32 0, !dbg !6
}

!llvm.dbg.cu = !{!0}
!llvm.module.flags = !{!2}

!0 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !1, isOptimized: true, emissionKind: FullDebug)
!1 = !DIFile(filename: "main.rs", directory: "/src")
!2 = !{i32 2, !"Debug Info Version", i32 3}
!3 = !DISubroutineType(types: !{null})
!4 = distinct !DISubprogram(name: "w", linkageName: "w", scope: !1, file: !1, line: 7, type: !3, scopeLine: 7, spFlags: DISPFlagLocalToUnit | DISPFlagDefinition | DISPFlagOptimized, unit: !0)
!6 = !DILocation(line: 8, column: 5, scope: !4)
