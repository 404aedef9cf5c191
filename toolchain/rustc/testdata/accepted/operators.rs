#![no_std]
#![no_main]

use core::ops::{Add, Index};
#[derive(Clone, Copy)]
struct V([u64; 2]);
impl Add for V {
    type Output = V;
    fn add(self, o: V) -> V {
        V([self.0[0].wrapping_add(o.0[0]), self.0[1]])
    }
}
impl Index<usize> for V {
    type Output = u64;
    fn index(&self, i: usize) -> &u64 {
        &self.0[i]
    }
}
fn prog() -> u32 {
    (V([1, 2]) + V([rex::time(), 0]))[0] as u32
}

rex::program!(prog);
