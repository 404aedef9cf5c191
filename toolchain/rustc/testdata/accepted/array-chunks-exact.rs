#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_le_bytes();
    bytes.chunks_exact(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(pair[1])).sum()
}

rex::program!(prog);
