#![no_std]
#![no_main]

mod outer {
    pub mod inner {
        pub fn n() -> u32 {
            super::hidden()
        }
    }
    fn hidden() -> u32 {
        rex::time() as u32
    }
}
fn prog() -> u32 {
    outer::inner::n()
}

rex::program!(prog);
