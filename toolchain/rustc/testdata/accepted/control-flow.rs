#![no_std]
#![no_main]

use core::ops::ControlFlow;
fn prog() -> u32 {
    let time = rex::time();
    let found = (0..64).try_for_each(|bit| if time >> bit & 1 == 1 { ControlFlow::Break(bit) } else { ControlFlow::Continue(()) });
    match found {
        ControlFlow::Break(bit) => bit,
        ControlFlow::Continue(()) => 64,
    }
}

rex::program!(prog);
