; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; There is no unwinder.
; RUN: not %rex -passes=rex-hygiene %s 2>&1 | FileCheck %s

; CHECK: error: rex: `f` unwinds
define void @f() personality ptr @p {
  invoke void @g() to label %ok unwind label %bad
ok:
  ret void
bad:
  %l = landingpad { ptr, i32 } cleanup
  resume { ptr, i32 } %l
}
declare void @g()
declare i32 @p(...)
