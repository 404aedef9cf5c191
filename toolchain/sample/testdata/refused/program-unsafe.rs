//@ error: an `unsafe` function
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};

#[rex_xdp]
unsafe fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    Ok(ctx.data_length() as i32)
}
