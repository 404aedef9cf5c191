//@ error: fields `name`, `name_len` and `entry` of struct `ProgramObject` are private
#![no_std]
#![no_main]


static OBJECT: rex::ProgramObject = rex::ProgramObject { name: core::ptr::null(), name_len: 0, entry };

extern "C" fn entry(_: *mut ()) -> u32 {
    0
}
