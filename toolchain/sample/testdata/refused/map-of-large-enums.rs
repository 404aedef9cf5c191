//@ error: an enum in memory that others write too has up to 4 bytes
#![no_std]
#![no_main]

use rex::map::RexArrayMap;
use rex::xdp::{xdp, xdp_md};
use rex::{Result, rex_map, rex_xdp};

#[allow(dead_code)]
#[derive(Clone, Copy)]
#[repr(u64)]
enum Kind {
    One = 1,
    Two = 2,
}

#[rex_map]
static KINDS: RexArrayMap<Kind> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    Ok(KINDS.get_mut(&0).map_or(0, |kind| *kind as i32))
}
