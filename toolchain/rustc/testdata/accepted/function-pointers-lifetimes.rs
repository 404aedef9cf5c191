#![no_std]
#![no_main]

use core::fmt::{self, Formatter, Write};

struct Words<'f>(&'f [u32]);

fn first<'r>(words: &'r Words<'_>) -> &'r u32 {
    &words.0[0]
}
fn longest<'f>(a: &'f u32, b: &'f u32) -> &'f u32 {
    if a > b { a } else { b }
}
fn put(value: &u32, f: &mut Formatter<'_>) -> fmt::Result {
    write!(f, "{value}")
}
struct Shown(u32, fn(&u32, &mut Formatter<'_>) -> fmt::Result);
impl fmt::Display for Shown {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        (self.1)(&self.0, f)
    }
}
fn prog() -> u32 {
    let all = [rex::time() as u32, 2];
    let get: for<'r, 'f> fn(&'r Words<'f>) -> &'r u32 = first;
    let choose: for<'f> fn(&'f u32, &'f u32) -> &'f u32 = [longest, longest][all[0] as usize % 2];
    let mut text = rex::Text([0; 64], 0);
    let _ = write!(text, "{}", Shown(all[1], put));
    *choose(get(&Words(&all)), &3) + text.1 as u32
}

rex::program!(prog);
