#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_be_bytes();
    bytes.windows(2).filter(|pair| pair[0] < pair[1]).count() as u32
}

rex::program!(prog);
