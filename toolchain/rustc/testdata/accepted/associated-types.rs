#![no_std]
#![no_main]

trait Source {
    type Item;
    fn get(&self) -> Self::Item;
}
struct Clock;
impl Source for Clock {
    type Item = u64;
    fn get(&self) -> u64 {
        rex::time()
    }
}
fn twice<S: Source<Item = u64>>(s: S) -> u64 {
    s.get() ^ s.get()
}
fn prog() -> u32 {
    twice(Clock) as u32
}

rex::program!(prog);
