//@ error: memory of the kernel can hold any bits
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::utils::convert_slice_to_struct;

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let c = convert_slice_to_struct::<char>(ctx.data_slice);
    Ok(*c as i32)
}
