; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; A map in the place of what code generation calls.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `memset` takes the place of a function that compiled code calls
@memset = global [32 x i8] zeroinitializer, section ".maps"
