#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_le_bytes();
    bytes.iter().map(|b| b.checked_mul(3).map(u32::from)).sum::<Option<u32>>().unwrap_or(0)
        ^ bytes.iter().map(|b| u32::from(*b).checked_sub(1).ok_or(())).product::<Result<u32, ()>>().unwrap_or(9)
}

rex::program!(prog);
