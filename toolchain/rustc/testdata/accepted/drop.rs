#![no_std]
#![no_main]

struct Loud(u32);
impl Drop for Loud {
    fn drop(&mut self) {
        assert!(self.0 < 10);
    }
}
fn prog() -> u32 {
    let loud = Loud(rex::time() as u32);
    loud.0
}

rex::program!(prog);
