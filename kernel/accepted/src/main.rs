// SPDX-License-Identifier: GPL-2.0

//! The programs that the compiler must accept (`toolchain/rustc/testdata/accepted`), each an XDP program of one extension, so that a kernel
//! runs them. `cases.rs` is made of them (`toolchain/project/accepted.go`); what they call `rex` there is here.

#![no_std]
#![no_main]
#![allow(dead_code, unused_variables, unused_macros, unused_imports)]

use core::fmt::Write;
use core::sync::atomic::{AtomicU64, Ordering};

mod cases;

/// Something that must be dropped.
pub struct Guard(());

pub fn lock() -> Guard {
    Guard(())
}

impl Drop for Guard {
    fn drop(&mut self) {
        time();
    }
}

/// Changes from call to call, so that nothing is computed beforehand.
pub fn time() -> u64 {
    static CALLS: AtomicU64 = AtomicU64::new(0);
    CALLS.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed)
}

/// For programs that turn something into a number.
pub struct Text(pub [u8; 64], pub usize);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        for byte in text.bytes() {
            *self.0.get_mut(self.1).ok_or(core::fmt::Error)? = byte;
            self.1 += 1;
        }
        Ok(())
    }
}

#[macro_export]
macro_rules! peek {
    ($value:expr) => {
        core::hint::black_box($value)
    };
}

#[macro_export]
macro_rules! map {
    ($name:ident) => {
        static $name: [core::sync::atomic::AtomicU64; 4] = [const { core::sync::atomic::AtomicU64::new(0) }; 4];
    };
}
