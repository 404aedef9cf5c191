#![no_std]
#![no_main]

fn prog() -> u32 {
    match rex::time() {
        0 => todo!(),
        1 => unreachable!(),
        2 => unimplemented!("two"),
        n => n as u32,
    }
}

rex::program!(prog);
