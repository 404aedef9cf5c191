#![no_std]
#![no_main]

macro_rules! largest {
    ($one:expr) => { $one };
    ($one:expr, $($rest:expr),+) => {{
        let (a, b) = ($one, largest!($($rest),+));
        if a > b { a } else { b }
    }};
}
fn prog() -> u32 {
    let t = rex::time();
    largest!(t, t.rotate_left(13), t >> 5, !t) as u32
}

rex::program!(prog);
