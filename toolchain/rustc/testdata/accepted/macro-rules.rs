#![no_std]
#![no_main]

macro_rules! max {
    ($a:expr) => { $a };
    ($a:expr, $($rest:expr),+) => {{
        let (a, b) = ($a, max!($($rest),+));
        if a > b { a } else { b }
    }};
}
fn prog() -> u32 {
    max!(1, rex::time() as u32, 3)
}

rex::program!(prog);
