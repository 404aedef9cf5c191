// SPDX-License-Identifier: GPL-2.0

//! What the tests of the kernel run. Each program does one thing that `loader.c` can tell the
//! outcome of: values go to `OUT`, panics to the kernel's log.

#![no_std]
#![no_main]

mod contexts;
mod hooks;
mod misuse;
mod nesting;
mod values;
mod watchdog;

use rex::map::RexArrayMap;
use rex::rex_map;

/// What the last program found out, by number of the question.
#[rex_map]
static OUT: RexArrayMap<i64> = RexArrayMap::new(64, 0);

/// Answers a question.
fn answer(question: u32, value: i64) {
    if let Some(slot) = OUT.get_mut(&question) {
        *slot = value;
    }
}

/// The number in a result, as the program would return it.
fn code(result: rex::Result) -> i64 {
    let (Ok(value) | Err(value)) = result;
    i64::from(value)
}
