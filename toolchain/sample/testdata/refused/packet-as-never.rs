//@ error: nobody can tell whether they are a value of this type
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::utils::convert_slice_to_struct;

#[derive(Clone, Copy)]
enum Never {}

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let never = *convert_slice_to_struct::<(u32, Never)>(ctx.data_slice);
    match never.1 {}
}
