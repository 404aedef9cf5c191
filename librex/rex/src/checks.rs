// SPDX-License-Identifier: GPL-2.0

//! What compiled code calls by itself: the compiler's passes insert the calls
//! (docs/abi.md, section 7), and the kernel's watchdog jumps here.

use core::fmt::Write;

use crate::printk::Text;
use crate::{kernel, run};

/// Below this the panic handler itself has no room left.
const LAST_PAGE: usize = 0x1000;

/// The extension's half of the stack is used up. While a panic is being handled the other half may be used.
#[no_mangle]
extern "C" fn __rex_check_stack() {
    if run::in_extension() {
        panic!("Stack overflow in Rex program");
    }
    if run::stack_left() < LAST_PAGE {
        let mut text = Text::new();
        let _ = text.write_str("Stack overflow while a Rex program panicked");
        // SAFETY: the text ends with a NUL, and the kernel never comes back.
        unsafe { kernel::rex_landingpad(text.as_ptr()) }
    }
}

/// In place of trap instructions, which would be an oops of the kernel.
#[no_mangle]
extern "C" fn __rex_trap() -> ! {
    panic!("Reached unreachable code in Rex program");
}

/// Where the kernel sends a program that has run for too long, or whose code has caused a fault.
#[no_mangle]
extern "C" fn __rex_handle_timeout() -> ! {
    run::end()
}

// Nothing calls these before the passes run.
#[used]
static KEEP: (extern "C" fn(), extern "C" fn() -> !, extern "C" fn() -> !) =
    (__rex_check_stack, __rex_trap, __rex_handle_timeout);
