#![no_std]
#![no_main]

trait Measure {
    fn measure(&self) -> u64;
}
impl<T: Measure, const N: usize> Measure for [T; N] {
    fn measure(&self) -> u64 {
        self.iter().map(Measure::measure).fold(0, u64::wrapping_add)
    }
}
impl<A: Measure, B: Measure> Measure for (A, B) {
    fn measure(&self) -> u64 {
        self.0.measure() ^ self.1.measure()
    }
}
impl Measure for u64 {
    fn measure(&self) -> u64 {
        self.wrapping_mul(31)
    }
}
impl<T: Measure> Measure for Option<T> {
    fn measure(&self) -> u64 {
        self.as_ref().map_or(1, T::measure)
    }
}
fn prog() -> u32 {
    ([(rex::time(), Some(2)), (3, None)], rex::time()).measure() as u32
}

rex::program!(prog);
