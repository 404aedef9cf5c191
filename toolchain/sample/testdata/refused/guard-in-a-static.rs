//@ error: cannot be shared between threads safely
#![no_std]
#![no_main]

use rex::tracepoint::{tracepoint, SyscallsEnterDupCtx};
use rex::{rex_tracepoint, Result};
use core::cell::RefCell;
use rex::task_struct::OwnedTaskStruct;

static HELD: RefCell<Option<OwnedTaskStruct>> = RefCell::new(None);

#[rex_tracepoint]
fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let _ = (obj, ctx);
    *HELD.borrow_mut() = OwnedTaskStruct::from_pid(1);
    Ok(0)
}
