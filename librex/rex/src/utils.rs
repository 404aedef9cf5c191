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
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// use rex::map::RexArrayMap;
///
/// #[rex_map]
/// static LAST: RexArrayMap<u64> = RexArrayMap::new(1, 0);
///
/// fn remember(fd: u64) -> Result {
///     if fd == 0 {
///         return Err(-9); // -EBADF
///     }
///     LAST.insert(&0, &fd)
/// }
///
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// remember(ctx.fildes)?; // an errno of the map's, or -9, becomes the program's value
/// Ok(0)
/// # }
/// ```
pub type Result = core::result::Result<c_int, c_int>;

/// Types without references: they may be read from and written to memory that the kernel owns.
///
/// A struct has what its fields have:
///
/// ```compile_fail,E0277
/// # #![no_std]
/// # #![no_main]
/// # use rex::map::RexArrayMap;
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// #[derive(Clone, Copy)]
/// struct Borrowed {
///     name: &'static str,
/// }
///
/// #[rex_map]
/// static NAMES: RexArrayMap<Borrowed> = RexArrayMap::new(1, 0);
/// #
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
/// #     Ok(NAMES.get_mut(&0).map_or(0, |value| value.name.len() as i32))
/// # }
/// ```
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
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::xdp::{XDP_PASS, xdp, xdp_md};
/// # use rex::{Result, rex_printk, rex_xdp};
/// #[rex_xdp]
/// fn mark(obj: &xdp, ctx: &mut xdp_md) -> Result {
///     if ctx.data_length() >= 34 {
///         let mut ip = obj.ip_header(ctx);
///         ip.id = 7_u16.to_be();
///         drop(ip); // now it is in the packet, and `ctx` is free
///         rex_printk!("{:?}", &ctx.data_slice[18..20])?;
///     }
///     Ok(XDP_PASS as i32)
/// }
/// ```
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
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::xdp::{XDP_PASS, xdp, xdp_md};
/// # use rex::{Result, rex_printk, rex_xdp};
/// use rex::utils::convert_slice_to_struct;
///
/// #[derive(Clone, Copy)]
/// #[repr(C)]
/// struct Dns {
///     id: u16,
///     flags: u16,
/// }
///
/// #[rex_xdp]
/// fn on_packet(_: &xdp, ctx: &mut xdp_md) -> Result {
///     if let Some(bytes) = ctx.data_slice.get(42..46) {
///         let dns = convert_slice_to_struct::<Dns>(bytes);
///         rex_printk!("{:#x}: {:#x}", u16::from_be(dns.id), u16::from_be(dns.flags))?;
///     }
///     Ok(XDP_PASS as i32)
/// }
/// ```
///
/// A packet holds any bits, and a `bool` is 0 or 1, so that is none of the types:
///
/// ```compile_fail,E0080
/// # #![no_std]
/// # #![no_main]
/// # use rex::xdp::{xdp, xdp_md};
/// # use rex::{Result, rex_xdp};
/// # use rex::utils::convert_slice_to_struct;
/// # #[rex_xdp]
/// # fn prog(_: &xdp, ctx: &mut xdp_md) -> Result {
/// let flag = *convert_slice_to_struct::<bool>(ctx.data_slice);
/// # Ok(flag as i32)
/// # }
/// ```
pub fn convert_slice_to_struct<T: Copy + NoRef>(slice: &[c_uchar]) -> Aligned<'_, T> {
    const { any_bits::<T>() }
    assert!(slice.len() >= size_of::<T>(), "size mismatch in convert_slice_to_struct");
    let at = slice.as_ptr().cast::<T>();
    // SAFETY: the bytes are there, stay borrowed, and any are a `T`.
    Aligned(unsafe { if at.is_aligned() { View::InPlace(&*at) } else { View::Copy(at.read_unaligned()) } })
}

/// The first `size_of::<T>()` bytes as a `T` that can be changed. Panics if there are fewer.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::xdp::{XDP_PASS, xdp, xdp_md};
/// # use rex::{Result, rex_xdp};
/// use rex::utils::convert_slice_to_struct_mut;
///
/// #[rex_xdp]
/// fn stamp(obj: &xdp, ctx: &mut xdp_md) -> Result {
///     if let Some(bytes) = ctx.data_slice.get_mut(42..50) {
///         *convert_slice_to_struct_mut::<u64>(bytes) = obj.bpf_ktime_get_ns();
///     }
///     Ok(XDP_PASS as i32)
/// }
/// ```
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
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::{Result, rex_xdp};
/// use rex::read_field;
/// use rex::xdp::{XDP_PASS, XDP_DROP, ethhdr, iphdr, xdp, xdp_md};
///
/// #[rex_xdp]
/// fn no_fragments(_: &xdp, ctx: &mut xdp_md) -> Result {
///     const IP: usize = size_of::<ethhdr>();
///     if ctx.data_length() < IP + size_of::<iphdr>() {
///         return Ok(XDP_PASS as i32);
///     }
///     let ipv4 = u16::from_be(read_field!(ctx.data_slice, 0, ethhdr, h_proto, u16)) == 0x0800;
///     let fragment = u16::from_be(read_field!(ctx.data_slice, IP, iphdr, frag_off, u16)) & 0x3fff != 0;
///     let verdict = if ipv4 && fragment { XDP_DROP } else { XDP_PASS };
///     Ok(verdict as i32)
/// }
/// ```
#[macro_export]
macro_rules! read_field {
    ($slice:expr, $base:expr, $header:ty, $field:ident, $ty:ty $(,)?) => {
        $crate::__read_at::<$ty>(&$slice[..], $base + $crate::__core::mem::offset_of!($header, $field))
    };
}

/// A number in network byte order.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::sched_cls::{__sk_buff, TC_ACT_OK, TC_ACT_SHOT, sched_cls};
/// # use rex::{Result, rex_tc};
/// #[rex_tc]
/// fn no_ipv6(_: &sched_cls, skb: &mut __sk_buff) -> Result {
///     let ipv6 = u16::from(skb.protocol()) == 0x86dd;
///     let verdict = if ipv6 { TC_ACT_SHOT } else { TC_ACT_OK };
///     Ok(verdict as i32)
/// }
/// ```
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
