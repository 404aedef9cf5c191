// SPDX-License-Identifier: GPL-2.0

//! Spin locks in map values.

use core::marker::PhantomData;

use crate::kernel;
pub use crate::linux::bpf::bpf_spin_lock;
use crate::run;

/// A held lock; dropping it, or a panic, unlocks. Interrupts are off meanwhile. The kernel knows who holds it.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::xdp::{XDP_PASS, xdp, xdp_md};
/// # use rex::{Result, rex_map, rex_xdp};
/// use rex::map::RexArrayMap;
/// use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};
///
/// #[derive(Clone, Copy)]
/// struct Traffic {
///     lock: bpf_spin_lock,
///     packets: u32,
///     bytes: u64,
/// }
///
/// #[rex_map]
/// static TRAFFIC: RexArrayMap<Traffic> = RexArrayMap::new(1, 0);
///
/// #[rex_xdp]
/// fn count(_: &xdp, ctx: &mut xdp_md) -> Result {
///     if let Some(traffic) = TRAFFIC.get_mut(&0) {
///         let guard = rex_spinlock_guard::new(&mut traffic.lock);
///         traffic.packets += 1;
///         traffic.bytes += ctx.data_length() as u64;
///         drop(guard); // or at the end of the block
///     }
///     Ok(XDP_PASS as i32)
/// }
/// ```
#[must_use = "the lock is held only as long as this lives"]
pub struct rex_spinlock_guard<'a> {
    lock: *mut bpf_spin_lock,
    // A raw pointer, so neither `Send` nor `Sync`.
    borrow: PhantomData<&'a mut bpf_spin_lock>,
}

impl<'a> rex_spinlock_guard<'a> {
    /// Waits for the lock. Panics if this CPU holds one already, since two could wait for each other, and if nobody gives it back.
    #[inline(always)]
    pub fn new(lock: &'a mut bpf_spin_lock) -> Self {
        let lock = core::ptr::from_mut(lock);
        // SAFETY: map values stay until the program has ended.
        match unsafe { kernel::bpf_spin_lock(lock) } {
            0 => Self { lock, borrow: PhantomData },
            code => not_locked(code),
        }
    }
}

const EDEADLK: i64 = 35;

#[cold]
#[inline(never)]
fn not_locked(code: i64) -> ! {
    match -code {
        EDEADLK => panic!("Second spin lock in Rex program"),
        _ => run::end(),
    }
}

impl Drop for rex_spinlock_guard<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // SAFETY: locked in `new`; the kernel ignores it if a panic has unlocked before.
        unsafe { kernel::bpf_spin_unlock(self.lock) }
    }
}
