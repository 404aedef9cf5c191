// SPDX-License-Identifier: GPL-2.0

//! Types that all programs share.

use core::ffi::c_int;

/// What a program returns, and most helpers: `Err` holds a negative errno where the kernel gave one.
/// The hook sees the value of either.
pub type Result = core::result::Result<c_int, c_int>;

/// Types without references: they may be read from and written to memory that the kernel owns.
///
/// # Safety
///
/// An auto trait: only types that hold no reference and no raw pointer have it.
pub unsafe auto trait NoRef {}

impl<T: ?Sized> !NoRef for &T {}
impl<T: ?Sized> !NoRef for &mut T {}
impl<T: ?Sized> !NoRef for *const T {}
impl<T: ?Sized> !NoRef for *mut T {}

/// `EINVAL`, as helpers give it for a map that the loader has not bound.
pub(crate) const UNBOUND: c_int = 22;
