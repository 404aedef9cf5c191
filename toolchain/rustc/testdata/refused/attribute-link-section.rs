//@ error: attribute `link_section`
#![no_std]
#![no_main]

#[unsafe(link_section = "rex/tc")]
static S: u8 = 1;
fn prog() -> u32 {
    0
}

rex::program!(prog);
