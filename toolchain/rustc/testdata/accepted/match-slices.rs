#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_le_bytes();
    match &bytes[..(rex::time() % 9) as usize] {
        [] => 0,
        [one] => u32::from(*one),
        [first, .., last] if first == last => 1,
        [0x45, tos, rest @ ..] => u32::from(*tos) + rest.len() as u32,
        [.., a, b] => u32::from(*a) << 8 | u32::from(*b),
    }
}

rex::program!(prog);
