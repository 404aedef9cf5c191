//@ warning: this macro takes no arguments
#![no_std]
#![no_main]

use rex::map::RexArrayMap;
use rex::xdp::{xdp, xdp_md};
use rex::{Result, rex_map, rex_xdp};

#[rex_map(name = "counts")]
static COUNTS: RexArrayMap<u64> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    COUNTS.insert(&0, &(ctx.data_length() as u64))
}
