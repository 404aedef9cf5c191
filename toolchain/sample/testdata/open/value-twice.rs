//@ open: the interface lends a map's value as often as it is asked for, and user space and other CPUs write to it meanwhile. Values are of types that any bits are a value of, and indices are checked where they are used; what a program has checked before may have changed since.
#![no_std]
#![no_main]

use rex::map::RexArrayMap;
use rex::xdp::{xdp, xdp_md};
use rex::{rex_map, rex_xdp, Result};

#[rex_map]
static COUNTS: RexArrayMap<u64> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, _: &mut xdp_md) -> Result {
    let (Some(one), Some(other)) = (COUNTS.get_mut(&0), COUNTS.get_mut(&0)) else {
        return Ok(0);
    };
    *one = 1;
    *other = 2;
    Ok(*one as i32)
}
