//@ error: attribute `link_section`
#![no_std]
#![no_main]

#[unsafe(link_section = ".maps")]
static S: [u64; 4] = [0; 4];
fn prog() -> u32 {
    0
}

rex::program!(prog);
