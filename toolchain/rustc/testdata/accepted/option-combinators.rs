#![no_std]
#![no_main]

fn prog() -> u32 {
    let time = rex::time();
    let a = Some(time).filter(|n| n % 3 == 1);
    let b = time.checked_sub(77);
    a.xor(b).zip(Some(2)).map(|(x, y)| x / y).is_some_and(|n| n > 4).into()
}

rex::program!(prog);
