#![no_std]
#![no_main]

fn prog() -> u32 {
    let time = rex::time();
    if let Some(half) = time.checked_div(2)
        && half > 10
        && let Ok(byte) = u8::try_from(half)
    {
        return byte.into();
    }
    0
}

rex::program!(prog);
