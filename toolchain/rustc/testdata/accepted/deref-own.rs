#![no_std]
#![no_main]

use core::ops::{Deref, DerefMut};
struct Frame([u8; 32]);
impl Deref for Frame {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.0
    }
}
impl DerefMut for Frame {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}
fn prog() -> u32 {
    let mut frame = Frame([0; 32]);
    frame[3] = rex::time() as u8;
    frame.rotate_right(5);
    frame.iter().position(|b| *b != 0).unwrap_or(0) as u32
}

rex::program!(prog);
