#![no_std]
#![no_main]

fn give_up(code: u64) -> ! {
    panic!("code {code}")
}
fn prog() -> u32 {
    let time = rex::time();
    let small: u32 = if time > 1 << 60 { give_up(time) } else { time as u32 };
    small
}

rex::program!(prog);
