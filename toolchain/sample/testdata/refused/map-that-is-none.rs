//@ error: mismatched types
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::rex_map;

#[rex_map]
static RECORD: [u64; 4] = [1, 8, 1, 0];

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    Ok(RECORD[3] as i32)
}
