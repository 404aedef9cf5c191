#![no_std]
#![no_main]

fn prog() -> u32 {
    let data = [1u8; 16];
    data.chunks_exact(4).map(|c| u32::from(c[0])).sum()
}

rex::program!(prog);
