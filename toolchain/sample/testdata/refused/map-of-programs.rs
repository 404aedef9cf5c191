//@ error: a map of this type cannot be used from an extension
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexMapHandle;
use rex::rex_map;

#[rex_map]
static PROGRAMS: RexMapHandle<3, u32, u32> = RexMapHandle::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    Ok(0)
}
