#![no_std]
#![no_main]

trait Header {
    const LEN: usize;
    const KIND: u16 = 0;
}
struct Ipv4;
struct Ipv6;
impl Header for Ipv4 {
    const LEN: usize = 20;
    const KIND: u16 = 0x0800;
}
impl Header for Ipv6 {
    const LEN: usize = 40;
}
fn size<H: Header>() -> u32 {
    H::LEN as u32 + u32::from(H::KIND)
}
fn prog() -> u32 {
    if rex::time() % 2 == 0 { size::<Ipv4>() } else { size::<Ipv6>() }
}

rex::program!(prog);
