#![no_std]
#![no_main]

trait Shape {
    fn n(&self) -> u32;
}
struct A;
struct B(u32);
impl Shape for A {
    fn n(&self) -> u32 {
        1
    }
}
impl Shape for B {
    fn n(&self) -> u32 {
        self.0
    }
}
fn prog() -> u32 {
    let b = B(rex::time() as u32);
    let all: [&dyn Shape; 2] = [&A, &b];
    all[rex::time() as usize % 2].n()
}

rex::program!(prog);
