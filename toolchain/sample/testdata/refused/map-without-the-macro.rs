//@ error: a map without `#[rex_map]` is not available to kernel extensions
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexArrayMap;

static COUNT: RexArrayMap<u64> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    COUNT.insert(&0, &(ctx.data_length() as u64))
}
