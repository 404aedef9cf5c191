//@ error: type `f32`
#![no_std]
#![no_main]

fn size<T>() -> usize {
    core::mem::size_of::<T>()
}
fn prog() -> u32 {
    size::<f32>() as u32
}

rex::program!(prog);
