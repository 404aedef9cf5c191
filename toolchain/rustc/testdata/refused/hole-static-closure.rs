//@ error: `core::any::Any` is not available
#![no_std]
#![no_main]

// rust-lang/rust#84366: a closure that lives forever, what it returns does not.
use core::any::Any;

trait Trait {
    type Associated;
}
impl<R, F: Fn() -> R> Trait for F {
    type Associated = R;
}
fn lengthen<T: Trait + 'static>(_: &T, value: T::Associated) -> &'static u32 {
    let any: &dyn Any = &value;
    any.downcast_ref::<&'static u32>().copied().unwrap_or(&0)
}
fn forever<'a>(value: &'a u32) -> &'static u32 {
    let f = || -> &'a u32 { &0 };
    lengthen(&f, value)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}

rex::program!(prog);
