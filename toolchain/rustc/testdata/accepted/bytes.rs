#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_be_bytes();
    u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

rex::program!(prog);
