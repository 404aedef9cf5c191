//@ error: `memcpy` is the name of a function that compiled code calls
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};

#[rex_xdp]
fn memcpy(_: &xdp, ctx: &mut xdp_md) -> Result {
    Ok(ctx.data_length() as i32)
}
