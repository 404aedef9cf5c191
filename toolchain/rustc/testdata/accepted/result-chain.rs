#![no_std]
#![no_main]

fn parse(text: &str) -> Result<u32, core::num::ParseIntError> {
    Ok(text.parse::<u32>()? + 1)
}
fn prog() -> u32 {
    parse(if rex::time() % 2 == 0 { "12" } else { "x" }).unwrap_or(7)
}

rex::program!(prog);
