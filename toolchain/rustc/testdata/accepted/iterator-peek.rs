#![no_std]
#![no_main]

fn prog() -> u32 {
    let bytes = rex::time().to_be_bytes();
    let mut rest = bytes.iter().copied().peekable();
    let mut runs = 0;
    while let Some(byte) = rest.next() {
        while rest.next_if(|next| *next >= byte).is_some() {}
        runs += 1;
    }
    runs
}

rex::program!(prog);
