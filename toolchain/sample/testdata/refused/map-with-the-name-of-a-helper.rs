//@ error: symbol `bpf_ktime_get_ns` is not available
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};
use rex::map::RexArrayMap;
use rex::rex_map;

#[allow(non_upper_case_globals)]
#[rex_map]
static bpf_ktime_get_ns: RexArrayMap<u32> = RexArrayMap::new(1, 0);

#[rex_xdp]
fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
    let _ = ctx;
    bpf_ktime_get_ns.insert(&0, &1)
}
