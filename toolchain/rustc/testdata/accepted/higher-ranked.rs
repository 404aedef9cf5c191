#![no_std]
#![no_main]

trait Visit<T> {
    fn visit(&mut self, value: T);
}
struct Sum(u32);
impl<'a> Visit<&'a u32> for Sum {
    fn visit(&mut self, value: &'a u32) {
        self.0 += value;
    }
}
fn all<V: for<'a> Visit<&'a u32>>(values: &[u32], visitor: &mut V) {
    for value in values {
        visitor.visit(value);
    }
}
impl<'a> Visit<&'a &'static str> for Sum {
    fn visit(&mut self, value: &'a &'static str) {
        self.0 += value.len() as u32;
    }
}
fn words<V: for<'a> Visit<&'a &'static str>>(visitor: &mut V) {
    visitor.visit(&"word");
}
fn add<T>(a: &T, b: &T) -> u32
where
    for<'a> &'a T: core::ops::Add<&'a T, Output = u32>,
{
    a + b
}
fn apply<F: for<'a, 'b> Fn(&'a mut &'b u32) -> u32>(f: F, n: &u32) -> u32 {
    f(&mut &*n)
}
fn prog() -> u32 {
    let values = [rex::time() as u32, 2];
    let mut sum = Sum(0);
    all(&values, &mut sum);
    words(&mut sum);
    sum.0 + add(&values[0], &values[1]) + apply(|n| **n, &values[1])
}

rex::program!(prog);
