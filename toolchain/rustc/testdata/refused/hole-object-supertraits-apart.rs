//@ error: a trait that says twice what an associated type of its supertraits is
#![no_std]
#![no_main]

// rust-lang/rust#133361, over two traits.
trait Sup<T> {
    type Assoc;
}
trait Left<A>: Sup<A, Assoc = A> {}
trait Dyn<A, B>: Left<A> + Sup<B, Assoc = B> {}
fn prog() -> u32 {
    0
}

rex::program!(prog);
