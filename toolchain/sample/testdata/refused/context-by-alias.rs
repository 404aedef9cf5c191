//@ error: the context of this tracepoint program is not the one of its name
#![no_std]
#![no_main]

use rex::tracepoint::tracepoint;
use rex::{rex_tracepoint, Result};

mod other {
    pub use rex::tracepoint::RawSyscallsEnterCtx as SyscallsEnterDupCtx;
}

#[rex_tracepoint]
fn prog(_: &tracepoint<other::SyscallsEnterDupCtx>, ctx: &'static other::SyscallsEnterDupCtx) -> Result {
    Ok(ctx.args[5] as i32)
}
