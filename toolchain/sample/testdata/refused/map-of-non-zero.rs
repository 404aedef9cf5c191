//@ error: nobody can tell whether they are a value of this type
#![no_std]
#![no_main]

use core::num::NonZeroU32;

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexArrayMap;
use rex::rex_map;

#[rex_map]
static DIVISORS: RexArrayMap<NonZeroU32> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    Ok(DIVISORS.get_mut(&0).map_or(0, |by| ctx.data_length() as u32 / *by) as i32)
}
