#![no_std]
#![no_main]

fn twice<F: Fn(u32) -> u32>(f: F) -> impl Fn(u32) -> u32 {
    move |n| f(f(n))
}
fn run(f: impl FnOnce() -> u32) -> u32 {
    f()
}
fn prog() -> u32 {
    let by = rex::time() as u32;
    let add = twice(move |n| n.wrapping_add(by));
    run(move || add(1))
}

rex::program!(prog);
