//@ error: downcast_ref
#![no_std]
#![no_main]

#[derive(Debug)]
struct Mine(u32);
impl core::fmt::Display for Mine {
    fn fmt(&self, _: &mut core::fmt::Formatter) -> core::fmt::Result {
        Ok(())
    }
}
impl core::error::Error for Mine {}
fn prog() -> u32 {
    let mine = Mine(rex::time() as u32);
    let error: &(dyn core::error::Error + 'static) = &mine;
    error.downcast_ref::<Mine>().map_or(0, |it| it.0)
}

rex::program!(prog);
