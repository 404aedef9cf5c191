#![no_std]
#![no_main]

struct Parser<'a> {
    rest: &'a [u8],
}
impl<'a> Parser<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }
    fn label(&mut self) -> Option<&'a [u8]> {
        let len = self.take(1)?[0];
        self.take(usize::from(len % 4))
    }
}
fn prog() -> u32 {
    let message = rex::time().to_le_bytes();
    let mut parser = Parser { rest: &message };
    let mut labels = 0;
    while let Some(label) = parser.label() {
        labels += 1 + label.len() as u32;
    }
    labels
}

rex::program!(prog);
