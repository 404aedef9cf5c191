#![no_std]
#![no_main]

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
struct Point {
    x: i32,
    y: i32,
}
fn prog() -> u32 {
    (Point { x: rex::time() as i32, y: 1 } > Point::default()) as u32
}

rex::program!(prog);
