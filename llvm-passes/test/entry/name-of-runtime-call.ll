; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A name that code generation calls, though nothing in the module does.
; RUN: not %rex -passes=rex-entry %s 2>&1 | FileCheck %s

; CHECK: error: rex: program memcpy in section `rex/xdp`: `memcpy` is the name of a function that compiled code calls

@name = private constant [6 x i8] c"memcpy"
@P = internal constant { ptr, i64, ptr } { ptr @name, i64 6, ptr @w }, section "rex/xdp"

define internal i32 @w(ptr %ctx) {
  ret i32 0
}
