//@ error: the trait bound `&'static u32: NoRef` is not satisfied
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexArrayMap;
use rex::rex_map;

#[rex_map]
static HANDLERS: RexArrayMap<&'static u32> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    Ok(0)
}
