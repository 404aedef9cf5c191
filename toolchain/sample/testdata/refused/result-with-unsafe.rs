//@ error: an `unsafe` block
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::to_result;

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    to_result!(unsafe { *(ctx.data_meta() as *const i32) })
}
