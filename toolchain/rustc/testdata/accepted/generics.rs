#![no_std]
#![no_main]

trait Area {
    fn area(&self) -> u32;
}
struct Square(u32);
impl Area for Square {
    fn area(&self) -> u32 {
        self.0 * self.0
    }
}
fn total<T: Area>(all: &[T]) -> u32 {
    all.iter().map(T::area).sum()
}
fn prog() -> u32 {
    total(&[Square(1), Square(rex::time() as u32 % 8)])
}

rex::program!(prog);
