; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A kprobe with an empty target.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program hello in section `rex/kprobe/`: it names no function

@name = private constant [5 x i8] c"hello"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 5, ptr @w }, section "rex/kprobe/"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}

