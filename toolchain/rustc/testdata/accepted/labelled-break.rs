#![no_std]
#![no_main]

fn prog() -> u32 {
    'outer: for i in 0..10u64 {
        for j in 0..10 {
            if i * j == rex::time() {
                break 'outer;
            }
        }
    }
    0
}

rex::program!(prog);
