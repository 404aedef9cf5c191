; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; What the check costs: two instructions, and a call that is out of the way.
; RUN: opt -load-pass-plugin=%plugin -passes=rex-stack %s | llc | FileCheck %s

; CHECK-LABEL: prog:
; CHECK: testl $49152, %esp
; CHECK-NEXT: je
; CHECK: callq prog
; CHECK: callq __rex_check_stack
target triple = "x86_64-unknown-none-elf"
define i32 @prog(ptr %ctx) section "rex/xdp" {
  %r = call i32 @prog(ptr %ctx)
  %s = add i32 %r, 1
  ret i32 %s
}
define void @__rex_check_stack() {
  ret void
}
