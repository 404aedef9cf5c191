; SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
; Local functions get their Rust names in either mangling; equal ones stay apart.
; RUN: %rex -passes=rex-names %s | FileCheck %s

; CHECK: define internal void @"hello::work"()
; CHECK: define internal void @"hello::work.1"()
; CHECK: define internal void @"core::panicking::panic"()
; CHECK: define internal void @"<i32 as hello::Show>::show"()
; CHECK: call void @"hello::work"()
; CHECK: define internal void @plain()
define internal void @_RNvCs1_5hello4work() {
  ret void
}
define internal void @_RNvCs2_5hello4work() {
  ret void
}
define internal void @_ZN4core9panicking5panic17h0123456789abcdefE() {
  ret void
}
define internal void @_RNvXCs1_5hellolNtB2_4Show4show() {
  call void @_RNvCs1_5hello4work()
  ret void
}
define internal void @plain() {
  ret void
}
