; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A tracepoint without a category.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/tracepoint/sys_enter`: a tracepoint is named

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/tracepoint/sys_enter"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

