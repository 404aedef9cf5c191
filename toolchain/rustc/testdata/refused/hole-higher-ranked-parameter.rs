//@ error: a bound for all lifetimes of which one outlives another is not available
#![no_std]
#![no_main]

// rust-lang/rust#84591: the lifetime that is too short is in the type parameter.
trait Super<'a> {
    fn out(&self) -> &'a u32;
}
trait Sub<'a, R>: Super<'a> {}
struct This<'b>(&'b u32);
impl<'a, 'b: 'a> Super<'a> for This<'b> {
    fn out(&self) -> &'a u32 {
        self.0
    }
}
impl<'a, 'b> Sub<'a, &'a This<'b>> for This<'b> {}
fn need_super<S>(s: S) -> &'static u32
where
    S: for<'a> Super<'a>,
{
    s.out()
}
fn need_sub<S>(s: S) -> &'static u32
where
    S: for<'a> Sub<'a, &'a S>,
{
    need_super(s)
}
fn forever(n: &u32) -> &'static u32 {
    need_sub(This(n))
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}
rex::program!(prog);
