//@ error: an impl of a trait with associated types for all types
#![no_std]
#![no_main]

// rust-lang/rust#57893: a trait object's associated type against the impl's.
trait Object<U> {
    type Output;
}
impl<T: ?Sized, U> Object<U> for T {
    type Output = U;
}
fn same<T: ?Sized, U>(value: <T as Object<U>>::Output) -> U {
    value
}
fn transmute<T, U>(value: T) -> U {
    same::<dyn Object<U, Output = T>, U>(value)
}
fn prog() -> u32 {
    let address: &'static u32 = transmute(rex::time() as usize);
    *address
}

rex::program!(prog);
