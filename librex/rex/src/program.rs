// SPDX-License-Identifier: GPL-2.0

//! What the program macros leave for the compiler's Entry pass (docs/abi.md, section 1).

use crate::Result;

/// A program object: a static of this type in a section `rex/...` becomes a program.
#[repr(C)]
pub struct ProgramObject {
    name: *const u8,
    name_len: usize,
    entry: extern "C" fn(*mut ()) -> u32,
}

// SAFETY: nothing ever reads a program object at run time; the compiler replaces it.
unsafe impl Sync for ProgramObject {}

impl ProgramObject {
    /// A program called `name`, whose C entry calls `entry`.
    pub const fn new(name: &'static str, entry: extern "C" fn(*mut ()) -> u32) -> Self {
        Self { name: name.as_ptr(), name_len: name.len(), entry }
    }

    /// What the hook sees of a program's result: `Ok` and `Err` carry it alike.
    #[inline(always)]
    pub fn value(result: Result) -> u32 {
        match result {
            Ok(value) | Err(value) => value as u32,
        }
    }
}
