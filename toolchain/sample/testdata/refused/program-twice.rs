//@ error: is the name of another symbol
#![no_std]
#![no_main]

use rex::xdp::{xdp, xdp_md};
use rex::{rex_xdp, Result};

mod a {
    use super::*;
    #[rex_xdp]
    fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
        Ok(ctx.data_length() as i32)
    }
}
mod b {
    use super::*;
    #[rex_xdp]
    fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
        Ok(ctx.data_length() as i32)
    }
}
