; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; The object becomes a function of the program's name, in the object's section, kept alive.
; RUN: %rex -passes=rex-entry %s | FileCheck %s

; CHECK-NOT: @PROG
; CHECK: @llvm.used = appending global [1 x ptr] [ptr @hello], section "llvm.metadata"
; CHECK-NOT: @llvm.compiler.used
; CHECK: define dso_local noundef i32 @hello(ptr noundef %0) [[ATTR:#[0-9]+]] section "rex/tracepoint/syscalls/sys_enter_dup"
; CHECK-NEXT: %2 = call i32 @wrapper(ptr %0)
; CHECK-NEXT: ret i32 %2
; CHECK: attributes [[ATTR]] = { noinline noredzone

@name = private unnamed_addr constant [5 x i8] c"hello"
@PROG = internal constant <{ ptr, [8 x i8], ptr }> <{ ptr @name, [8 x i8] c"\05\00\00\00\00\00\00\00", ptr @wrapper }>, section "rex/tracepoint/syscalls/sys_enter_dup", align 8
@llvm.compiler.used = appending global [1 x ptr] [ptr @PROG], section "llvm.metadata"

define internal noundef i32 @wrapper(ptr noundef %ctx) noredzone alwaysinline {
  ret i32 3
}
