// SPDX-License-Identifier: GPL-2.0

//! Calls itself as deep as its hook says, and others through pointers.

#![no_std]
#![no_main]

use rex::map::RexArrayMap;
use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
use rex::{Result, rex_map, rex_tracepoint};

#[rex_map]
static SUMS: RexArrayMap<u64> = RexArrayMap::new(4, 0);

trait Shape {
    fn area(&self) -> u64;
}

struct Square(u64);

impl Shape for Square {
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}

struct Rectangle(u64, u64);

impl Shape for Rectangle {
    fn area(&self) -> u64 {
        self.0 * self.1
    }
}

fn walk(depth: u64, shapes: &[&dyn Shape; 2]) -> u64 {
    let area = shapes[(depth % 2) as usize].area();
    if depth == 0 {
        return area;
    }
    // Not at the end: it stays a recursion.
    walk(depth / 2, shapes).wrapping_mul(area) ^ walk(depth / 3, shapes)
}

#[rex_tracepoint]
fn recurse(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    let side = ctx.fildes;
    let sum = walk(side, &[&Square(side), &Rectangle(side, 3)]);
    SUMS.insert(&0, &sum)
}
