// SPDX-License-Identifier: GPL-2.0

//! Printing to the kernel's trace.

use core::fmt::{self, Write};

use crate::run::{self, LOG_SIZE, call_kernel};
use crate::{Result, kernel};

const E2BIG: i32 = 7;

/// Text in the log buffer of this run, always followed by a NUL.
pub struct Text {
    buffer: *mut u8,
    len: usize,
}

impl Text {
    pub fn new() -> Self {
        let mut text = Self { buffer: run::log().cast(), len: 0 };
        text.clear();
        text
    }

    pub fn clear(&mut self) {
        self.len = 0;
        // SAFETY: the buffer has `LOG_SIZE` bytes and is this run's alone.
        unsafe { *self.buffer = 0 };
    }

    pub fn as_ptr(&self) -> *const u8 {
        self.buffer
    }
}

impl Write for Text {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        if s.len() >= LOG_SIZE - self.len {
            return Err(fmt::Error);
        }
        // SAFETY: there is room for `s` and a NUL, and `s` cannot lie in the buffer, which is never lent out.
        unsafe {
            self.buffer.add(self.len).copy_from_nonoverlapping(s.as_ptr(), s.len());
            self.len += s.len();
            *self.buffer.add(self.len) = 0;
        }
        Ok(())
    }
}

/// Emits one `bpf_trace_printk` trace event with the formatted text, of at most 1023 bytes.
/// Returns `Ok(0)`, or `Err(-E2BIG)` when the text is longer; then nothing is emitted.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_tracepoint};
/// #
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// rex::rex_trace_printk(format_args!("dup({})", ctx.fildes)) // rex_printk! says where it stands, too
/// # }
/// ```
pub fn rex_trace_printk(args: fmt::Arguments<'_>) -> Result {
    let mut text = Text::new();
    if text.write_fmt(args).is_err() {
        return Err(-E2BIG);
    }
    // SAFETY: `len` bytes and a NUL are there.
    let code = call_kernel(|| unsafe { kernel::rex_trace_printk(text.as_ptr(), text.len as u32) });
    crate::to_result!(code)
}

/// `bpf_snprintf` (bpf-helpers(7)), which wants a format that ends with a NUL.
pub fn snprintf(buffer: &mut [u8], format: &str, data: &[u64]) -> Result {
    let mut text = Text::new();
    if text.write_str(format).is_err() {
        return Err(-E2BIG);
    }
    let bytes = core::mem::size_of_val(data) as u32;
    // SAFETY: the sizes are those of the slices, and the format ends with a NUL.
    let code = call_kernel(|| unsafe {
        kernel::bpf_snprintf(buffer.as_mut_ptr(), buffer.len() as u32, text.as_ptr(), data.as_ptr(), bytes)
    });
    crate::to_result!(code)
}

/// The path of the enclosing function, such as `hello::rex_prog1`: `&'static str`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_tracepoint};
/// #
/// # #[rex_tracepoint]
/// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
/// if obj.bpf_get_current_task().is_none() {
///     panic!("no task in {}", rex::function_name!());
/// }
/// Ok(0)
/// # }
/// ```
#[macro_export]
macro_rules! function_name {
    () => {{
        fn here() {}
        fn name_of<T>(_: T) -> &'static str {
            $crate::__core::any::type_name::<T>()
        }
        let name = name_of(here);
        // Without "::here", and without the closures that the macro may stand in.
        let mut name = &name[..name.len() - "::here".len()];
        while let Some(outer) = name.strip_suffix("::{{closure}}") {
            name = outer;
        }
        name
    }};
}

/// Prints `[<function path>] <message>` to the kernel's trace; takes what `format_args!` takes and
/// is a [`Result`](crate::Result). Without feature `debug_printk` it is `Ok(0)`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_printk, rex_tracepoint};
/// #
/// # #[rex_tracepoint]
/// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// let cpu = obj.bpf_get_smp_processor_id();
/// rex_printk!("dup({:#x}) on CPU {cpu}", ctx.fildes)?;
/// rex_printk!("and one more line")
/// # }
/// ```
#[cfg(feature = "debug_printk")]
#[macro_export]
macro_rules! rex_printk {
    ($($arg:tt)*) => {
        $crate::rex_trace_printk($crate::__core::format_args!("[{}] {}", $crate::function_name!(), $crate::__core::format_args!($($arg)*)))
    };
}

/// Nothing: feature `debug_printk` is off. The arguments are checked and not evaluated.
#[cfg(not(feature = "debug_printk"))]
#[macro_export]
macro_rules! rex_printk {
    ($($arg:tt)*) => {{
        if false {
            let _ = $crate::__core::format_args!($($arg)*);
        }
        $crate::Result::Ok(0)
    }};
}

/// An integer as a [`Result`](crate::Result): `Err(v as i32)` if it is negative, else `Ok(v as i32)`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsExitOpenatCtx, tracepoint};
/// # use rex::{Result, rex_printk, rex_tracepoint};
/// use rex::to_result;
///
/// #[rex_tracepoint]
/// fn on_opened(_: &tracepoint<SyscallsExitOpenatCtx>, ctx: &'static SyscallsExitOpenatCtx) -> Result {
///     match to_result!(ctx.ret) {
///         Ok(fd) => rex_printk!("opened as {fd}"),
///         Err(errno) => rex_printk!("not opened: errno {}", -errno),
///     }
/// }
/// ```
#[macro_export]
macro_rules! to_result {
    ($value:expr) => {{
        let value = $value;
        if value < 0 { $crate::Result::Err(value as i32) } else { $crate::Result::Ok(value as i32) }
    }};
}
