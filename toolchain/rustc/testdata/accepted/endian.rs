#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_ne_bytes();
    let Some((head, rest)) = bytes.split_first_chunk::<2>() else { return 0 };
    let Some(tail) = rest.first_chunk::<4>() else { return 0 };
    u32::from(u16::from_be_bytes(*head)) ^ u32::from_le_bytes(*tail) ^ 7u32.to_be()
}

rex::program!(prog);
