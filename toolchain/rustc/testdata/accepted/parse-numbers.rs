#![no_std]
#![no_main]

fn prog() -> u32 {
    let digits = rex::time().to_le_bytes().map(|b| b'0' + b % 10);
    let Ok(text) = core::str::from_utf8(&digits) else { return 0 };
    text.parse::<u32>().unwrap_or(1) ^ u32::from_str_radix(&text[..3], 16).unwrap_or(2)
}

rex::program!(prog);
