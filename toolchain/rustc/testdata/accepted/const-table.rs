#![no_std]
#![no_main]

const fn table() -> [u32; 256] {
    let mut crc = [0; 256];
    let mut i = 0;
    while i < 256 {
        let mut c = i as u32;
        let mut bit = 0;
        while bit < 8 {
            c = if c & 1 == 1 { 0xedb8_8320 ^ c >> 1 } else { c >> 1 };
            bit += 1;
        }
        crc[i] = c;
        i += 1;
    }
    crc
}
static CRC: [u32; 256] = table();
fn prog() -> u32 {
    !rex::time().to_le_bytes().iter().fold(!0, |crc, byte| CRC[((crc ^ u32::from(*byte)) & 0xff) as usize] ^ crc >> 8)
}

rex::program!(prog);
