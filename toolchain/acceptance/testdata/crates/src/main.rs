// SPDX-License-Identifier: GPL-2.0

//! Uses crates that were not written for Rex.

#![no_std]
#![no_main]

use core::hash::{BuildHasher, BuildHasherDefault, Hasher};

use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::{Result, rex_printk, rex_tracepoint};
use tinyvec::ArrayVec;

bitflags::bitflags! {
    #[derive(Clone, Copy, PartialEq, Eq)]
    struct Seen: u32 {
        const ODD = 1;
        const LARGE = 1 << 3;
    }
}

static_assertions::const_assert_eq!(size_of::<Seen>(), 4);

cfg_if::cfg_if! {
    if #[cfg(target_pointer_width = "64")] {
        const LARGE: usize = 1 << 20;
    } else {
        const LARGE: usize = 1 << 10;
    }
}

fn seen(number: usize) -> Seen {
    let mut flags = Seen::empty();
    flags.set(Seen::ODD, number % 2 == 1);
    flags.set(Seen::LARGE, number >= LARGE);
    flags
}

#[rex_tracepoint]
fn rex_prog1(_: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
    let mut bytes: ArrayVec<[u8; 16]> = ArrayVec::new();
    for byte in b"Wikipedia" {
        bytes.push(*byte);
    }
    let mut text = [0; 32];
    let Ok(()) = hex::encode_to_slice(bytes.as_slice(), &mut text[..18]) else {
        return Ok(1);
    };
    let mut fnv = fnv::FnvHasher::default();
    fnv.write(&bytes);
    let fx = BuildHasherDefault::<rustc_hash::FxHasher>::default().hash_one(7u32);
    rex_printk!(
        "adler {:x} fnv {:x} fx {} flags {} hex {}\n",
        adler2::adler32_slice(&bytes),
        fnv.finish(),
        fx != 0,
        seen(bytes.len()).bits(),
        text[0] as char
    )
}
