; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; In the pipeline of full LTO the entry survives, the wrapper is inlined into it, names are demangled.
; RUN: %rex -passes='lto<O2>' %s | FileCheck %s

; CHECK-NOT: @wrapper
; CHECK: define internal {{.*}}@"hello::work"
; CHECK: define {{.*}}@hello(ptr {{.*}}section "rex/xdp"
; CHECK-NEXT: call {{.*}} @"hello::work"
target datalayout = "e-m:e-p270:32:32-p271:32:32-p272:64:64-i64:64-i128:128-f80:128-n8:16:32:64-S128"
target triple = "x86_64-unknown-none-elf"

@name = private unnamed_addr constant [5 x i8] c"hello"
@PROG = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @wrapper }, section "rex/xdp"
@llvm.compiler.used = appending global [1 x ptr] [ptr @PROG], section "llvm.metadata"

define internal i32 @wrapper(ptr %ctx) {
  %r = call i32 @_RNvCs1_5hello4work(ptr %ctx)
  ret i32 %r
}
define internal i32 @_RNvCs1_5hello4work(ptr %ctx) noinline {
  %v = load volatile i32, ptr %ctx
  ret i32 %v
}
define void @__rex_handle_timeout() {
  ret void
}
