#![no_std]
#![no_main]

use core::hash::{Hash, Hasher};
struct Fnv(u64);
impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}
#[derive(Hash)]
struct Flow {
    from: (u32, u16),
    to: (u32, u16),
    protocol: Option<u8>,
}
fn prog() -> u32 {
    let time = rex::time();
    let flow = Flow { from: (time as u32, 80), to: (1, time as u16), protocol: Some(6) };
    let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
    flow.hash(&mut hasher);
    hasher.finish() as u32
}

rex::program!(prog);
