//@ error: a bound for all lifetimes of which one outlives another is not available
#![no_std]
#![no_main]

// rust-lang/rust#84591: by the bound of an associated type.
trait Super<'a, 'b> {
    fn convert(x: &'a u32) -> &'b u32;
}
trait Sub<'a, 'b, R> {
    type Out: Super<'a, 'b>;
}
struct This;
impl<'a: 'b, 'b> Super<'a, 'b> for This {
    fn convert(x: &'a u32) -> &'b u32 {
        x
    }
}
impl<'a, 'b> Sub<'a, 'b, &'b &'a ()> for This {
    type Out = This;
}
fn lengthen<'x, S>(x: &'x u32) -> &'static u32
where
    S: for<'a, 'b> Sub<'a, 'b, &'b &'a ()>,
{
    <S as Sub<'x, 'static, &'static &'x ()>>::Out::convert(x)
}
fn forever(n: &u32) -> &'static u32 {
    lengthen::<This>(n)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}
rex::program!(prog);
