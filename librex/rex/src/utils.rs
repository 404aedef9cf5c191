// SPDX-License-Identifier: GPL-2.0

//! Types that all programs share.

use core::ffi::{c_int, c_uchar};
use core::mem::{align_of, size_of};
use core::ops::{Deref, DerefMut};

use crate::linux::bpf::{BPF_F_CURRENT_CPU, BPF_F_INDEX_MASK};
use crate::map::RexPerfEventArray;
use crate::value::any_bits;

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

/// `-EINVAL`, as helpers give it for a map that the loader has not bound.
pub(crate) const UNBOUND: c_int = -22;

/// Bytes seen as a `T`: in place where they are aligned, else a copy.
pub struct Aligned<'a, T>(View<&'a T, T>);

/// Bytes seen as a `T` that can be changed: in place where they are aligned, else in a copy that
/// is written back on drop. The bytes are borrowed until then.
pub struct AlignedMut<'a, T: Copy>(View<&'a mut T, (T, &'a mut [c_uchar])>);

enum View<R, C> {
    InPlace(R),
    Copy(C),
}

impl<T> Deref for Aligned<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            View::InPlace(value) => value,
            View::Copy(value) => value,
        }
    }
}

impl<T: Copy> Deref for AlignedMut<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match &self.0 {
            View::InPlace(value) => value,
            View::Copy((value, _)) => value,
        }
    }
}

impl<T: Copy> DerefMut for AlignedMut<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        match &mut self.0 {
            View::InPlace(value) => value,
            View::Copy((value, _)) => value,
        }
    }
}

impl<T: Copy> Drop for AlignedMut<'_, T> {
    fn drop(&mut self) {
        if let View::Copy((value, bytes)) = &mut self.0 {
            // SAFETY: the slice was made to hold exactly one `T`.
            unsafe { bytes.as_mut_ptr().cast::<T>().write_unaligned(*value) }
        }
    }
}

/// The first `size_of::<T>()` bytes as a `T`. Panics if there are fewer.
pub fn convert_slice_to_struct<T: Copy + NoRef>(slice: &[c_uchar]) -> Aligned<'_, T> {
    const { any_bits::<T>() }
    assert!(slice.len() >= size_of::<T>(), "size mismatch in convert_slice_to_struct");
    let at = slice.as_ptr().cast::<T>();
    // SAFETY: the bytes are there, stay borrowed, and any are a `T`.
    Aligned(unsafe { if at.is_aligned() { View::InPlace(&*at) } else { View::Copy(at.read_unaligned()) } })
}

/// The first `size_of::<T>()` bytes as a `T` that can be changed. Panics if there are fewer.
pub fn convert_slice_to_struct_mut<T: Copy + NoRef>(slice: &mut [c_uchar]) -> AlignedMut<'_, T> {
    const { any_bits::<T>() }
    assert!(slice.len() >= size_of::<T>(), "size mismatch in convert_slice_to_struct_mut");
    let at = slice.as_mut_ptr().cast::<T>();
    // SAFETY: as in `convert_slice_to_struct`; the borrow is unique.
    AlignedMut(unsafe {
        if at.is_aligned() {
            View::InPlace(&mut *at)
        } else {
            View::Copy((at.read_unaligned(), &mut slice[..size_of::<T>()]))
        }
    })
}

/// The `T` at an offset. What `read_field!` calls.
#[doc(hidden)]
#[inline(always)]
pub fn read_at<T: Copy + NoRef>(slice: &[c_uchar], offset: usize) -> T {
    *convert_slice_to_struct::<T>(&slice[offset..][..size_of::<T>()])
}

/// A field of a header in a packet, by value, as it is stored:
/// `read_field!(slice, header_base, HeaderType, field, FieldType)`. Panics if it is out of range.
#[macro_export]
macro_rules! read_field {
    ($slice:expr, $base:expr, $header:ty, $field:ident, $ty:ty $(,)?) => {
        $crate::__read_at::<$ty>(&$slice[..], $base + $crate::__core::mem::offset_of!($header, $field))
    };
}

/// A number in network byte order.
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct u16be(u16);

impl u16be {
    /// `stored` is in network byte order already.
    pub(crate) fn new(stored: u16) -> Self {
        Self(stored)
    }
}

impl From<u16be> for u16 {
    fn from(value: u16be) -> u16 {
        u16::from_be(value.0)
    }
}

/// Which CPU's buffer of a perf event array an event goes to.
#[derive(Debug, Clone, Copy)]
pub struct PerfEventMaskedCPU(u64);

impl PerfEventMaskedCPU {
    /// The CPU that the program runs on.
    pub fn current_cpu() -> Self {
        Self(BPF_F_CURRENT_CPU)
    }

    /// CPU number `cpu`.
    pub fn any_cpu(cpu: u64) -> Self {
        Self(cpu & BPF_F_INDEX_MASK)
    }

    pub(crate) fn flags(self) -> u64 {
        self.0
    }
}

/// Program types that can stream events to user space.
pub trait PerfEventStreamer: private::Sealed {
    /// The context that such a program gets.
    type Context;

    /// Sends `data` to the readers of `map`.
    fn output_event<T: Copy + NoRef>(
        &self,
        ctx: &Self::Context,
        map: &'static RexPerfEventArray<T>,
        data: &T,
        cpu: PerfEventMaskedCPU,
    ) -> Result;
}

pub(crate) mod private {
    pub trait Sealed {}
}

const _: () = assert!(align_of::<u16be>() == 2 && size_of::<u16be>() == 2);
