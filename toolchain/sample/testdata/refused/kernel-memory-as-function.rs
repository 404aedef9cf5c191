//@ error: memory of the kernel can hold any bits
#![no_std]
#![no_main]

use rex::tracepoint::{tracepoint, SyscallsEnterDupCtx};
use rex::{rex_tracepoint, Result};

#[rex_tracepoint]
fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let mut f: fn() -> i32 = || 0;
    let _ = obj.bpf_probe_read_kernel(&mut f, ctx.fildes as *const ());
    Ok(f())
}
