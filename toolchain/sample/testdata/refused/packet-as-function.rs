//@ error: memory of the kernel can hold any bits
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::utils::convert_slice_to_struct_mut;

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let f = *convert_slice_to_struct_mut::<for<'a> fn(&'a u32) -> i32>(ctx.data_slice);
    Ok(f(&1))
}
