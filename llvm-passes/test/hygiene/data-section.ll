; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Data where code belongs.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `D` is in section `.text`
@D = internal constant i32 195, section ".text"
