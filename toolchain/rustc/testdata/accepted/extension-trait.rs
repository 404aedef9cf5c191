#![no_std]
#![no_main]

trait Double {
    type Output;
    fn double(&self) -> Self::Output;
}
impl<T: Copy + core::ops::Add> Double for T {
    type Output = T::Output;
    fn double(&self) -> T::Output {
        *self + *self
    }
}
trait Name {
    fn length(&self) -> usize;
}
impl<T: ?Sized + AsRef<str>> Name for T {
    fn length(&self) -> usize {
        self.as_ref().len()
    }
}
fn prog() -> u32 {
    (rex::time() as u32).double() + "name".length() as u32
}

rex::program!(prog);
