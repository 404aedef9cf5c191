; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; There is no thread pointer.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `T` is thread local
@T = internal thread_local global i32 0
