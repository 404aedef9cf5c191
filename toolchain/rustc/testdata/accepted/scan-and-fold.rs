#![no_std]
#![no_main]

fn prog() -> u32 {
    let time = rex::time();
    (1..20u64)
        .scan(time, |state, n| {
            *state = state.rotate_left(n as u32) ^ n;
            (*state % 11 != 0).then_some(*state)
        })
        .fold(0u64, u64::wrapping_add) as u32
}

rex::program!(prog);
