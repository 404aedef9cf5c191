//@ error: mismatched types
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_tc, Result};

#[rex_tc]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    Ok(ctx.data_length() as i32)
}
