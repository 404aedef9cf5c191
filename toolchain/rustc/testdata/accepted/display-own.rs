#![no_std]
#![no_main]

use core::fmt::{self, Display, Write};
struct Hex(u64);
impl Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{:x}>", self.0)
    }
}
fn prog() -> u32 {
    let mut text = rex::Text([0; 64], 0);
    let _ = write!(text, "{}", Hex(rex::time()));
    text.1 as u32
}

rex::program!(prog);
