//@ error: mismatched types
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexArrayMap;
use rex::rex_map;

struct Both(RexArrayMap<u32>, #[allow(dead_code)] [u64; 4]);

#[rex_map]
static BOTH: Both = Both(RexArrayMap::new(1, 0), [1; 4]);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    BOTH.0.insert(&0, &1)
}
