#![no_std]
#![no_main]

fn longest<'a>(a: &'a str, b: &'a str) -> &'a str {
    if a.len() > b.len() { a } else { b }
}
fn prog() -> u32 {
    longest("one", "three").len() as u32
}

rex::program!(prog);
