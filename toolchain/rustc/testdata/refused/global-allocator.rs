//@ error: TBD
#![no_std]
#![no_main]
use core::alloc::{GlobalAlloc, Layout};
struct Heap;
impl Heap {
    fn layout() -> usize {
        Layout::new::<u64>().size()
    }
}
#[global_allocator]
static HEAP: Heap = Heap;
fn prog() -> u32 {
    Heap::layout() as u32
}

rex::program!(prog);
