//@ error: a bound for all lifetimes of which one outlives another is not available
#![no_std]
#![no_main]

// rust-lang/rust#84591, with `for` before the type.
trait Sub<'a, 'b, R>: Super<'a, 'b> {}
trait Super<'a, 'b> {
    fn convert(value: &'a u32) -> &'b u32;
}
fn need_sub<'x, S>(value: &'x u32) -> &'static u32
where
    for<'a, 'b> S: Sub<'a, 'b, &'b &'a ()>,
{
    need_super::<S>(value)
}
fn need_super<'x, S>(value: &'x u32) -> &'static u32
where
    S: for<'a, 'b> Super<'a, 'b>,
{
    S::convert(value)
}
struct This;
impl<'a: 'b, 'b> Super<'a, 'b> for This {
    fn convert(value: &'a u32) -> &'b u32 {
        value
    }
}
impl<'a, 'b> Sub<'a, 'b, &'b &'a ()> for This {}
fn forever(value: &u32) -> &'static u32 {
    need_sub::<This>(value)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}

rex::program!(prog);
