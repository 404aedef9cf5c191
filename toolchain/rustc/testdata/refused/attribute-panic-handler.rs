//@ error: attribute `panic_handler`
#![no_std]
#![no_main]

#[panic_handler]
fn p(_: &core::panic::PanicInfo) -> ! {
    loop {}
}
fn prog() -> u32 {
    0
}

rex::program!(prog);
