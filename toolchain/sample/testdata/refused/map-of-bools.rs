//@ error: memory of the kernel can hold any bits
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexArrayMap;
use rex::rex_map;

#[rex_map]
static FLAGS: RexArrayMap<bool> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    Ok(FLAGS.get_mut(&(ctx.data_length() as u32)).is_some_and(|flag| *flag) as i32)
}
