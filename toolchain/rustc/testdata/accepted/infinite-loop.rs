#![no_std]
#![no_main]

fn prog() -> u32 {
    loop {
        if rex::time() == 0 {
            return 1;
        }
    }
}

rex::program!(prog);
