//@ error: memory of the kernel can hold any bits
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexHashMap;
use rex::rex_map;

#[allow(dead_code)]
#[derive(Clone, Copy)]
enum Kind {
    One,
    Two,
}

#[rex_map]
static KINDS: RexHashMap<u32, (u64, Kind)> = RexHashMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    Ok(0)
}
