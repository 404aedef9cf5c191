#![no_std]
#![no_main]

fn prog() -> u32 {
    let n = rex::time() as u32;
    let (sum, over) = n.overflowing_add(0xffff_0000);
    let (low, high) = n.widening(0x8000_0001);
    sum.saturating_sub(5).wrapping_shl(n) ^ u32::from(over) ^ low ^ high ^ n.wrapping_neg() ^ n.saturating_mul(3) ^ n.checked_rem(7).unwrap_or(0)
}
trait Widening {
    fn widening(self, by: u32) -> (u32, u32);
}
impl Widening for u32 {
    fn widening(self, by: u32) -> (u32, u32) {
        let product = u64::from(self) * u64::from(by);
        (product as u32, (product >> 32) as u32)
    }
}

rex::program!(prog);
