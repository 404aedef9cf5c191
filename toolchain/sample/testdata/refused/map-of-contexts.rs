//@ error: `SyscallsEnterDupCtx: NoRef` is not satisfied
#![no_std]
#![no_main]

use rex::tracepoint::{tracepoint, SyscallsEnterDupCtx};
use rex::{rex_tracepoint, Result};
use rex::map::RexArrayMap;
use rex::rex_map;

#[rex_map]
static KEPT: RexArrayMap<SyscallsEnterDupCtx> = RexArrayMap::new(1, 0);

#[rex_tracepoint]
fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let _ = obj;
    KEPT.insert(&0, ctx)
}
