//! A runtime of the least that the passes and the subset ask for, for tests of the compiler alone.

#![no_std]

use core::fmt::Write;
use core::panic::PanicInfo;
use core::sync::atomic::{AtomicU64, Ordering};

#[repr(C)]
pub struct ProgramObject {
    name: *const u8,
    name_len: usize,
    entry: extern "C" fn(*mut ()) -> u32,
}

unsafe impl Sync for ProgramObject {}

impl ProgramObject {
    pub const fn new(name: &'static str, entry: extern "C" fn(*mut ()) -> u32) -> Self {
        ProgramObject { name: name.as_ptr(), name_len: name.len(), entry }
    }
}

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

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    let mut text = Text([0; 64], 0);
    let _ = write!(text, "{info}");
    loop {
        core::hint::spin_loop();
    }
}

#[unsafe(no_mangle)]
extern "C" fn __rex_handle_timeout() -> ! {
    panic!("Timeout in Rex program")
}

#[unsafe(no_mangle)]
extern "C" fn __rex_check_stack() {
    panic!("Stack overflow in Rex program")
}

#[unsafe(no_mangle)]
extern "C" fn __rex_trap() -> ! {
    panic!("Reached unreachable code in Rex program")
}

/// Makes a program of `fn() -> u32`.
#[macro_export]
macro_rules! program {
    ($name:ident) => {
        #[used]
        #[unsafe(link_section = "rex/xdp")]
        static PROGRAM: $crate::ProgramObject = {
            extern "C" fn entry(_: *mut ()) -> u32 {
                $name()
            }
            $crate::ProgramObject::new(stringify!($name), entry)
        };
    };
}

/// Unsafe code of the runtime around a value of the extension's.
#[macro_export]
macro_rules! peek {
    ($value:expr) => {{
        let value = $value;
        unsafe { core::ptr::read_volatile(&value) }
    }};
}

/// Like a map: exported under the name that the extension chose.
#[macro_export]
macro_rules! map {
    ($name:ident) => {
        #[used]
        #[unsafe(no_mangle)]
        #[unsafe(link_section = ".maps")]
        static $name: [core::sync::atomic::AtomicU64; 4] = [const { core::sync::atomic::AtomicU64::new(0) }; 4];
    };
}

/// A mistake of the runtime's: the value is the extension's and stands in the `unsafe` block.
#[macro_export]
macro_rules! careless {
    ($value:expr) => {
        unsafe { $value }
    };
}

/// Tokens of the extension's that the runtime hands on.
#[macro_export]
macro_rules! hand_on {
    ($($token:tt)*) => { $($token)* };
}

extern "C" {
    /// What the kernel exports.
    pub fn kernel_function();
}
