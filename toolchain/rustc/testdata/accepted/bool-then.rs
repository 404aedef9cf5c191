#![no_std]
#![no_main]

fn prog() -> u32 {
    let time = rex::time();
    (time > 7).then(|| time as u32).or((time == 3).then_some(3)).unwrap_or_default()
}

rex::program!(prog);
