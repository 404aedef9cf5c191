#![no_std]
#![no_main]

use core::fmt::{self, Write};
#[derive(Debug)]
enum Parse {
    Short(usize),
    Version(u8),
}
impl fmt::Display for Parse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Parse::Short(len) => write!(f, "{len} bytes are too short"),
            Parse::Version(v) => write!(f, "version {v}"),
        }
    }
}
impl core::error::Error for Parse {}
fn parse(bytes: &[u8]) -> Result<u8, Parse> {
    match bytes {
        [v @ (4 | 6), ..] => Ok(*v),
        [v, ..] => Err(Parse::Version(*v)),
        [] => Err(Parse::Short(0)),
    }
}
fn prog() -> u32 {
    let bytes = rex::time().to_le_bytes();
    match parse(&bytes[..(rex::time() % 8) as usize]) {
        Ok(v) => v.into(),
        Err(e) => {
            let mut text = rex::Text([0; 64], 0);
            let _ = write!(text, "{e}");
            text.1 as u32
        }
    }
}

rex::program!(prog);
