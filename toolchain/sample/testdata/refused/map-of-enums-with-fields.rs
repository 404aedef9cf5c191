//@ error: an enum with fields cannot be told from them
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
    Two(u32),
}

#[rex_map]
static KINDS: RexHashMap<u32, (u64, [Kind; 4])> = RexHashMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    Ok(0)
}
