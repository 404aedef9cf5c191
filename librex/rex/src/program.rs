// SPDX-License-Identifier: GPL-2.0

//! What the program macros leave for the compiler's Entry pass (docs/abi.md, section 1).

use crate::Result;
use crate::linux::bpf::bpf_map_type;
use crate::map::RexMapHandle;
use crate::tracepoint::TracepointContext;
use crate::utils::NoRef;

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

/// For `#[rex_map]`: what it puts into section `.maps` is a map.
pub const fn is_map<const MT: bpf_map_type, K, V: Copy + NoRef>(_: &RexMapHandle<MT, K, V>) {}

/// For `#[rex_tracepoint]`, which chooses the hook by the name of the context: whether it is the
/// hook that delivers the context, whatever its name stands for.
pub const fn same_hook<C: TracepointContext>(hook: &str) {
    let (a, b) = (C::HOOK.as_bytes(), hook.as_bytes());
    let mut same = a.len() == b.len();
    let mut i = 0;
    while same && i < a.len() {
        same = a[i] == b[i];
        i += 1;
    }
    assert!(same, "the context of this tracepoint program is not the one of its name");
}
