#![no_std]
#![no_main]

#[derive(Clone, Copy)]
struct Entry {
    key: u32,
    bytes: [u8; 12],
}
fn prog() -> u32 {
    let mut entries = [Entry { key: 0, bytes: [7; 12] }; 10];
    for e in &mut entries {
        e.key = rex::time() as u32;
        e.bytes[(e.key % 12) as usize] = 1;
    }
    for i in 0..entries.len() {
        for j in 1..entries.len() - i {
            if entries[j - 1].key > entries[j].key {
                entries.swap(j - 1, j);
            }
        }
    }
    entries[0].key ^ u32::from(entries[9].bytes[3])
}

rex::program!(prog);
