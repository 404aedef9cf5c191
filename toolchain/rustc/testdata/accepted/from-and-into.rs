#![no_std]
#![no_main]

struct Mac([u8; 6]);
impl From<u64> for Mac {
    fn from(n: u64) -> Mac {
        let [_, _, rest @ ..] = n.to_be_bytes();
        Mac(rest)
    }
}
impl TryFrom<&[u8]> for Mac {
    type Error = core::array::TryFromSliceError;
    fn try_from(bytes: &[u8]) -> Result<Mac, Self::Error> {
        Ok(Mac(bytes.try_into()?))
    }
}
fn prog() -> u32 {
    let mac: Mac = rex::time().into();
    let again = Mac::try_from(&mac.0[..(rex::time() % 7) as usize]);
    again.map_or(0, |m| u32::from(m.0[5]))
}

rex::program!(prog);
