//@ error: a trait that says twice what an associated type of its supertraits is
#![no_std]
#![no_main]

// rust-lang/rust#133361: two types for one associated type.
trait Sup<T> {
    type Assoc;
}
impl<T> Sup<T> for () {
    type Assoc = T;
}
trait Dyn<A, B>: Sup<A, Assoc = A> + Sup<B, Assoc = B> {}
trait Trait {
    type Assoc;
}
impl Trait for dyn Dyn<(), ()> {
    type Assoc = &'static u32;
}
impl<A, B> Trait for dyn Dyn<A, B> {
    type Assoc = usize;
}
fn call<A, B>(value: usize) -> <dyn Dyn<A, B> as Trait>::Assoc {
    value
}
fn prog() -> u32 {
    *call::<(), ()>(rex::time() as usize)
}

rex::program!(prog);
