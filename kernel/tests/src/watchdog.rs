// SPDX-License-Identifier: GPL-2.0

//! A program of another type than most here, which has a limit of its own.

use rex::spinlock::rex_spinlock_guard;
use rex::xdp::{xdp, xdp_md};
use rex::{Result, rex_xdp};

use crate::misuse::LOCKED;

/// Loops, with a lock if the packet is a long one.
#[rex_xdp]
fn packet_loops(_: &xdp, ctx: &mut xdp_md) -> Result {
    let Some(locked) = LOCKED.get_mut(&0) else { return Ok(1) };
    let _guard = (ctx.data_length() > 100).then(|| rex_spinlock_guard::new(&mut locked.lock));
    loop {
        core::hint::spin_loop();
    }
}
