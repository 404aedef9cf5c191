//@ error: memory of the kernel can hold any bits
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::read_field;
use rex::xdp::iphdr;

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    Ok(read_field!(ctx.data_slice, 0, iphdr, protocol, bool) as i32)
}
