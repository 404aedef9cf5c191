// SPDX-License-Identifier: GPL-2.0

//! Spin locks in map values.

use core::marker::PhantomData;

pub use crate::linux::bpf::bpf_spin_lock;
use crate::run::{self, guarded, Registration};
use crate::kernel;

/// A held lock; dropping it, or a panic, unlocks. Interrupts are off meanwhile.
#[must_use = "the lock is held only as long as this lives"]
pub struct rex_spinlock_guard<'a> {
    lock: *mut bpf_spin_lock,
    registration: Registration,
    // A raw pointer, so neither `Send` nor `Sync`.
    borrow: PhantomData<&'a mut bpf_spin_lock>,
}

impl<'a> rex_spinlock_guard<'a> {
    /// Waits for the lock. Panics if this CPU holds one already, since two could wait for each other.
    pub fn new(lock: &'a mut bpf_spin_lock) -> Self {
        assert!(!run::lock_held(), "Second spin lock in Rex program");
        let lock = core::ptr::from_mut(lock);
        // SAFETY: map values stay until the program has ended, and the entry unlocks what the
        // same guarded call locks.
        let registration = guarded(|| unsafe {
            let registration = Registration::free();
            if kernel::bpf_spin_lock(lock) != 0 {
                return None;
            }
            registration.enter(unlock, lock.cast());
            Some(registration)
        });
        let registration = registration.expect("Spin lock is held elsewhere, and an NMI cannot wait for it");
        Self { lock, registration, borrow: PhantomData }
    }
}

impl Drop for rex_spinlock_guard<'_> {
    fn drop(&mut self) {
        // SAFETY: locked in `new`, and unlocked once: whoever cancels the entry unlocks.
        guarded(|| unsafe {
            if self.registration.cancel() {
                unlock(self.lock.cast());
            }
        });
    }
}

unsafe extern "C" fn unlock(lock: *mut ()) {
    // SAFETY: the caller held it.
    unsafe { kernel::bpf_spin_unlock(lock.cast()) }
}
