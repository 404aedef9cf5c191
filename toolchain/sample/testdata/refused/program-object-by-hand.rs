//@ error: attribute `used` is not available
#![no_std]
#![no_main]


#[used]
static OBJECT: rex::ProgramObject = rex::ProgramObject { name: core::ptr::null(), name_len: 0, entry };

extern "C" fn entry(_: *mut ()) -> u32 {
    0
}
