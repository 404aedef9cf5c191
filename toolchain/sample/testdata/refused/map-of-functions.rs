//@ error: memory of the kernel can hold any bits
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexArrayMap;
use rex::rex_map;

#[rex_map]
static HANDLERS: RexArrayMap<fn() -> i32> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    HANDLERS.get_mut(&0).map_or(Ok(0), |handler| Ok(handler()))
}
