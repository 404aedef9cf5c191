#![no_std]
#![no_main]

fn prog() -> u32 {
    let (mut a, mut b) = (rex::time(), 2);
    core::mem::swap(&mut a, &mut b);
    let old = core::mem::replace(&mut a, 3);
    (old + core::mem::take(&mut b)) as u32
}

rex::program!(prog);
