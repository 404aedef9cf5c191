//@ open: the word of a lock is a public field, so a program can wait for a lock that nobody holds, with interrupts off. No memory is harmed; only the kernel's detection of hard lock-ups ends it, where that is configured.
#![no_std]
#![no_main]

use rex::spinlock::{bpf_spin_lock, rex_spinlock_guard};
use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};

#[rex_xdp]
fn prog(_: &xdp, _: &mut xdp_md) -> Result {
    let mut lock = bpf_spin_lock { val: 1 };
    let _guard = rex_spinlock_guard::new(&mut lock);
    Ok(0)
}
