// SPDX-License-Identifier: GPL-2.0

//! The end of a program that panics: its resources are given back, the reason goes to the
//! kernel's log, and the hook gets a default value. The kernel goes on.

use core::fmt::Write;
use core::panic::PanicInfo;

use crate::printk::Text;
use crate::{kernel, run};

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let again = run::enter_panic();
    run::run_cleanups();
    run::begin_message();
    let mut text = Text::new();
    // What a panic prints is the extension's, and may itself panic.
    if again || describe(info, &mut text).is_err() {
        text.clear();
        let _ = text.write_str(if again { "panicked in the message of a panic" } else { "unknown rust panic" });
    }
    // SAFETY: the text ends with a NUL, and the kernel never comes back.
    unsafe { kernel::rex_landingpad(text.as_ptr()) }
}

/// Writes the reason. What calls through pointers stays out of the handler, which alone must not look at the stack pointer.
#[inline(never)]
fn describe(info: &PanicInfo, text: &mut Text) -> core::fmt::Result {
    write!(text, "{info}")
}
