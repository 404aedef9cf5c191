//@ error: attribute `used`
#![no_std]
#![no_main]

#[used]
static S: u32 = 1;
fn prog() -> u32 {
    0
}

rex::program!(prog);
