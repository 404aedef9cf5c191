; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Every program type, with and without the targets that it may have.
; RUN: %rex -passes=rex-entry %s | FileCheck %s

; CHECK-DAG: @a(ptr {{.*}}section "rex/kprobe"
; CHECK-DAG: @b(ptr {{.*}}section "rex/kprobe/do_sys_open"
; CHECK-DAG: @c(ptr {{.*}}section "rex/uprobe"
; CHECK-DAG: @d(ptr {{.*}}section "rex/uprobe//bin/sh:main+4"
; CHECK-DAG: @e(ptr {{.*}}section "rex/tracepoint/raw_syscalls/sys_enter"
; CHECK-DAG: @f(ptr {{.*}}section "rex/perf_event"
; CHECK-DAG: @g(ptr {{.*}}section "rex/xdp"
; CHECK-DAG: @h(ptr {{.*}}section "rex/tc"
; CHECK-DAG: [8 x ptr] [ptr @a, ptr @b, ptr @c, ptr @d, ptr @e, ptr @f, ptr @g, ptr @h]

@names = private constant [8 x i8] c"abcdefgh"
@A = internal constant { ptr, i64, ptr } { ptr @names, i64 1, ptr @w }, section "rex/kprobe"
@B = internal constant { ptr, i64, ptr } { ptr getelementptr (i8, ptr @names, i64 1), i64 1, ptr @w }, section "rex/kprobe/do_sys_open"
@C = internal constant { ptr, i64, ptr } { ptr getelementptr (i8, ptr @names, i64 2), i64 1, ptr @w }, section "rex/uprobe"
@D = internal constant { ptr, i64, ptr } { ptr getelementptr (i8, ptr @names, i64 3), i64 1, ptr @w }, section "rex/uprobe//bin/sh:main+4"
@E = internal constant { ptr, i64, ptr } { ptr getelementptr (i8, ptr @names, i64 4), i64 1, ptr @w }, section "rex/tracepoint/raw_syscalls/sys_enter"
@F = internal constant { ptr, i64, ptr } { ptr getelementptr (i8, ptr @names, i64 5), i64 1, ptr @w }, section "rex/perf_event"
@G = internal constant { ptr, i64, ptr } { ptr getelementptr (i8, ptr @names, i64 6), i64 1, ptr @w }, section "rex/xdp"
@H = internal constant { ptr, i64, ptr } { ptr getelementptr (i8, ptr @names, i64 7), i64 1, ptr @w }, section "rex/tc"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}
