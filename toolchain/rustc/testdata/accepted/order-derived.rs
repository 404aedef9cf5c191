#![no_std]
#![no_main]

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Deadline {
    urgent: bool,
    at: u64,
}
fn prog() -> u32 {
    let mut queue = [Deadline { urgent: false, at: 0 }; 8];
    for slot in &mut queue {
        *slot = Deadline { urgent: rex::time() % 2 == 0, at: rex::time() };
    }
    queue.sort_unstable();
    queue.binary_search(&queue[3]).unwrap_or_default() as u32
}

rex::program!(prog);
