#![no_std]
#![no_main]

enum Data<'a> {
    Borrowed(&'a [u8]),
    Owned([u8; 4]),
}
impl Data<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Data::Borrowed(b) => b,
            Data::Owned(b) => b,
        }
    }
}
fn prog() -> u32 {
    let d = if rex::time() % 2 == 0 { Data::Borrowed(&[1, 2]) } else { Data::Owned([3; 4]) };
    d.bytes().len() as u32
}

rex::program!(prog);
