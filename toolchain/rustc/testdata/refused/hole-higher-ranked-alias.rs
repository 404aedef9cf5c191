//@ error: a bound for all lifetimes of which one outlives another is not available
#![no_std]
#![no_main]

// rust-lang/rust#84591: an alias has the bound.
type Nested<'a, 'b> = &'b &'a ();
struct W<'a, 'b>(Nested<'a, 'b>);
trait Super<'a, 'b> {
    fn convert(x: &'a u32) -> &'b u32;
}
trait Sub<'a, 'b, R>: Super<'a, 'b> {}
struct This;
impl<'a: 'b, 'b> Super<'a, 'b> for This {
    fn convert(x: &'a u32) -> &'b u32 {
        x
    }
}
impl<'a, 'b> Sub<'a, 'b, Nested<'a, 'b>> for This {}
fn need_super<'x, S>(x: &'x u32) -> &'static u32
where
    S: for<'a, 'b> Super<'a, 'b>,
{
    S::convert(x)
}
fn need_sub<'x, S>(x: &'x u32) -> &'static u32
where
    S: for<'a, 'b> Sub<'a, 'b, Nested<'a, 'b>>,
{
    need_super::<S>(x)
}
fn forever(n: &u32) -> &'static u32 {
    need_sub::<This>(n)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}
rex::program!(prog);
