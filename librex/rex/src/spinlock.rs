// SPDX-License-Identifier: GPL-2.0

//! Spin locks in map values.

use core::marker::PhantomData;

use crate::kernel;
pub use crate::linux::bpf::bpf_spin_lock;
use crate::run;

/// A held lock; dropping it, or a panic, unlocks. Interrupts are off meanwhile. The kernel knows who holds it.
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
