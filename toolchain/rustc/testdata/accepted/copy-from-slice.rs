#![no_std]
#![no_main]

fn prog() -> u32 {
    let mut to = [0u8; 8];
    to[..4].copy_from_slice(&rex::time().to_le_bytes()[..4]);
    u32::from(to[3])
}

rex::program!(prog);
