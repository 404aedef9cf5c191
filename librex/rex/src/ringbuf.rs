// SPDX-License-Identifier: GPL-2.0

//! Entries of a ring buffer.

use core::fmt;
use core::marker::PhantomData;
use core::mem::forget;
use core::ops::{Deref, DerefMut};

use crate::kernel::{self, Map};
use crate::run::{Registration, guarded};

/// Space reserved in a ring buffer. User space sees it once it is submitted; if it is dropped, or
/// the program panics, it is discarded.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// use core::fmt::Write;
/// use rex::map::RexRingBuf;
///
/// #[rex_map]
/// static LINES: RexRingBuf = RexRingBuf::new(1 << 16, 0);
///
/// # #[rex_tracepoint]
/// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// let Some(mut line) = LINES.reserve(32) else {
///     return Ok(0);
/// };
/// if write!(line, "dup({}) at {}", ctx.fildes, obj.bpf_ktime_get_ns()).is_err() {
///     return Ok(0); // too long: dropped, so that nobody sees half of it
/// }
/// line.submit(0);
/// Ok(0)
/// # }
/// ```
pub struct RexRingBufEntry<'a> {
    data: *mut u8,
    size: usize,
    /// Bytes of text that have been written.
    text: usize,
    registration: Registration,
    map: PhantomData<&'a mut [u8]>,
}

impl RexRingBufEntry<'_> {
    /// # Safety
    ///
    /// `map` must be a ring buffer that outlives the program.
    pub(crate) unsafe fn reserve(map: *mut Map, size: usize) -> Option<Self> {
        let registration = Registration::free();
        // SAFETY: the entry is registered in the same guarded call.
        guarded(|| unsafe {
            let data = kernel::bpf_ringbuf_reserve(map, size as u64, 0).cast::<u8>();
            if data.is_null() {
                return None;
            }
            registration.enter(discard, data.cast());
            Some(Self { data, size, text: 0, registration, map: PhantomData })
        })
    }

    /// Hands the entry to user space; `flags` is 0, `BPF_RB_NO_WAKEUP` or `BPF_RB_FORCE_WAKEUP`.
    pub fn submit(self, flags: u64) {
        // SAFETY: reserved, and given back once.
        guarded(|| unsafe {
            if self.registration.cancel() {
                kernel::bpf_ringbuf_submit(self.data.cast(), flags);
            }
        });
        forget(self);
    }

    /// Gives the space back unused; flags as for [`submit`](Self::submit).
    pub fn discard(self, flags: u64) {
        self.give_back(flags);
        forget(self);
    }

    /// Panics if the entry was discarded by a panic whose message comes back to it.
    #[inline(always)]
    fn check(&self) {
        assert!(self.registration.is_entered(), "A ring buffer entry was used after it was discarded");
    }

    fn give_back(&self, flags: u64) {
        // SAFETY: as in `submit`.
        guarded(|| unsafe {
            if self.registration.cancel() {
                kernel::bpf_ringbuf_discard(self.data.cast(), flags);
            }
        });
    }
}

unsafe extern "C" fn discard(data: *mut ()) {
    // SAFETY: registered for an entry that was neither submitted nor discarded.
    unsafe { kernel::bpf_ringbuf_discard(data.cast(), 0) }
}

impl Drop for RexRingBufEntry<'_> {
    fn drop(&mut self) {
        self.give_back(0);
    }
}

impl Deref for RexRingBufEntry<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.check();
        // SAFETY: `size` bytes, this entry's alone until it is given back.
        unsafe { core::slice::from_raw_parts(self.data, self.size) }
    }
}

impl DerefMut for RexRingBufEntry<'_> {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.check();
        // SAFETY: as in `deref`.
        unsafe { core::slice::from_raw_parts_mut(self.data, self.size) }
    }
}

/// Appends text from the start of the entry and keeps a NUL after it. Text that does not fit with
/// its NUL is an error; what was written before stays.
impl fmt::Write for RexRingBufEntry<'_> {
    fn write_str(&mut self, s: &str) -> fmt::Result {
        let start = self.text;
        let free = &mut self[start..];
        if s.len() >= free.len() {
            return Err(fmt::Error);
        }
        free[..s.len()].copy_from_slice(s.as_bytes());
        free[s.len()] = 0;
        self.text += s.len();
        Ok(())
    }
}
