//@ error: field `saddr` of struct `iphdr` is private
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::read_field;
use rex::xdp::iphdr;

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    Ok(read_field!(ctx.data_slice, 0, iphdr, saddr, u32) as i32)
}
