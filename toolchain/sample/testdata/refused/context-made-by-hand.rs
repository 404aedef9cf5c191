//@ error: cannot construct `SyscallsEnterDupCtx` with struct literal syntax
#![no_std]
#![no_main]

use rex::tracepoint::{tracepoint, SyscallsEnterDupCtx};
use rex::{rex_tracepoint, Result};

#[rex_tracepoint]
fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let _ = (obj, ctx);
    let made = SyscallsEnterDupCtx { syscall_nr: 0, fildes: 0 };
    Ok(made.fildes as i32)
}
