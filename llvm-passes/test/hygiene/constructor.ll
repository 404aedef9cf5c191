; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Nothing runs when an image is loaded.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: the program has functions that run when it is loaded
@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] [{ i32, ptr, ptr } { i32 65535, ptr @f, ptr null }]
define internal void @f() {
  ret void
}
