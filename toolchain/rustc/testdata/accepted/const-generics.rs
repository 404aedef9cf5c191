#![no_std]
#![no_main]

struct Ring<const N: usize>([u32; N]);
impl<const N: usize> Ring<N> {
    fn at(&self, i: usize) -> u32 {
        self.0[i % N]
    }
}
fn prog() -> u32 {
    Ring([1, 2, 3]).at(rex::time() as usize)
}

rex::program!(prog);
