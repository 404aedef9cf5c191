//@ open: the bytes between the fields of a value are whatever the stack held, and go to user space with it. The stack is only ever a Rex program's and the kernel's helpers', so that addresses of the kernel can be among them; no memory is harmed.
#![no_std]
#![no_main]

use rex::map::RexArrayMap;
use rex::xdp::{xdp, xdp_md};
use rex::{rex_map, rex_xdp, Result};

#[derive(Clone, Copy)]
struct Padded(#[allow(dead_code)] u8, #[allow(dead_code)] u64);

#[rex_map]
static VALUES: RexArrayMap<Padded> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    VALUES.insert(&0, &Padded(1, ctx.data_length() as u64))
}
