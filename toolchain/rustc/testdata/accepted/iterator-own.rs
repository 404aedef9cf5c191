#![no_std]
#![no_main]

struct Fib(u32, u32);
impl Iterator for Fib {
    type Item = u32;
    fn next(&mut self) -> Option<u32> {
        (self.0, self.1) = (self.1, self.0.wrapping_add(self.1));
        Some(self.0)
    }
}
fn prog() -> u32 {
    Fib(0, 1).take(rex::time() as usize % 40).max().unwrap_or(0)
}

rex::program!(prog);
