#![no_std]
#![no_main]

use core::ops::{Index, IndexMut};
#[derive(Clone, Copy)]
enum Counter {
    Seen,
    Dropped,
}
struct Counters([u32; 2]);
impl Index<Counter> for Counters {
    type Output = u32;
    fn index(&self, c: Counter) -> &u32 {
        &self.0[c as usize]
    }
}
impl IndexMut<Counter> for Counters {
    fn index_mut(&mut self, c: Counter) -> &mut u32 {
        &mut self.0[c as usize]
    }
}
fn prog() -> u32 {
    let mut counters = Counters([0; 2]);
    let which = if rex::time() % 3 == 0 { Counter::Dropped } else { Counter::Seen };
    counters[which] += 1;
    counters[Counter::Seen] * 2 + counters[Counter::Dropped]
}

rex::program!(prog);
