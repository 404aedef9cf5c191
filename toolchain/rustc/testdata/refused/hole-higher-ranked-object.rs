//@ error: a bound for all lifetimes of which one outlives another is not available
#![no_std]
#![no_main]

// rust-lang/rust#84591: by a trait object.
trait Super<'a, 'b> {
    fn convert(&self, x: &'a u32) -> &'b u32;
}
trait Sub<'a, 'b, R>: Super<'a, 'b> {}
struct This;
impl<'a: 'b, 'b> Super<'a, 'b> for This {
    fn convert(&self, x: &'a u32) -> &'b u32 {
        x
    }
}
impl<'a, 'b> Sub<'a, 'b, &'b &'a ()> for This {}
type D = dyn for<'a, 'b> Sub<'a, 'b, &'b &'a ()>;
fn forever<'x>(n: &'x u32) -> &'static u32 {
    let d: &D = &This;
    Super::<'x, 'static>::convert(d, n)
}
fn prog() -> u32 {
    let n = rex::time() as u32;
    *forever(&n)
}
rex::program!(prog);
