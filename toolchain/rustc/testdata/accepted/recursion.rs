#![no_std]
#![no_main]

fn ackermann(m: u32, n: u32) -> u32 {
    match (m, n) {
        (0, n) => n.wrapping_add(1),
        (m, 0) => ackermann(m - 1, 1),
        (m, n) => ackermann(m - 1, ackermann(m, n - 1)),
    }
}
fn prog() -> u32 {
    ackermann(2, rex::time() as u32)
}

rex::program!(prog);
