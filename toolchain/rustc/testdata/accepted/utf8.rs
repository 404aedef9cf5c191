#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_le_bytes();
    match core::str::from_utf8(&bytes) {
        Ok(text) => text.chars().filter(|c| c.is_alphanumeric()).count() as u32,
        Err(e) => e.valid_up_to() as u32,
    }
}

rex::program!(prog);
