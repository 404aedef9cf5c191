// SPDX-License-Identifier: GPL-2.0

//! Programs that run on packets as they arrive at a network device.

use core::ffi::c_uchar;
use core::slice::from_raw_parts_mut;

use crate::helpers::base_helpers;
use crate::kernel;
pub use crate::kernel::bindings::xdp_buff;
pub use crate::linux::bpf::{XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_REDIRECT, XDP_TX};
pub use crate::linux::r#in::{IPPROTO_TCP, IPPROTO_UDP};
pub use crate::net::{compute_ip_checksum, ethhdr, iphdr, tcphdr, udphdr};
use crate::net::{give_up, header_helpers};
use crate::run::call_kernel;
use crate::utils::Result;

/// An XDP program.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::map::RexPerCPUArrayMap;
/// use rex::xdp::{XDP_PASS, xdp, xdp_md};
/// use rex::{Result, rex_map, rex_xdp};
///
/// #[rex_map]
/// static PACKETS: RexPerCPUArrayMap<u64> = RexPerCPUArrayMap::new(1, 0);
///
/// #[rex_xdp]
/// fn count(obj: &xdp, _: &mut xdp_md) -> Result {
///     if let Some(packets) = obj.bpf_map_lookup_elem(&PACKETS, &0) {
///         *packets += 1;
///     }
///     Ok(XDP_PASS as i32)
/// }
/// ```
pub struct xdp(());

base_helpers!(impl[] xdp);
header_helpers!(xdp, xdp_md);

/// A packet.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::{Result, rex_xdp};
/// use rex::xdp::{XDP_DROP, XDP_PASS, xdp, xdp_md};
///
/// #[rex_xdp]
/// fn no_tags(_: &xdp, ctx: &mut xdp_md) -> Result {
///     // Slices that are not there are `None`: nothing here can panic.
///     let tagged = ctx.data_slice.get(12..14) == Some(&[0x81, 0x00]);
///     let verdict = if tagged { XDP_DROP } else { XDP_PASS };
///     Ok(verdict as i32)
/// }
/// ```
pub struct xdp_md<'a> {
    /// The packet's bytes, as far as they are in one piece.
    pub data_slice: &'a mut [c_uchar],
    buffer: &'a mut xdp_buff,
}

impl xdp_md<'_> {
    /// Bytes in `data_slice`.
    pub fn data_length(&self) -> usize {
        self.data_slice.len()
    }

    /// Address of the metadata in front of the packet.
    pub fn data_meta(&self) -> usize {
        self.buffer.data_meta as usize
    }

    fn queue(&self) -> &kernel::bindings::xdp_rxq_info {
        // SAFETY: the kernel's, for the whole run.
        unsafe { &*self.buffer.rxq }
    }

    /// Index of the device that received the packet.
    pub fn ingress_ifindex(&self) -> u32 {
        // SAFETY: a receive queue has a device.
        unsafe { (*self.queue().dev).ifindex as u32 }
    }

    /// Receive queue of the device.
    pub fn rx_qeueu_index(&self) -> u32 {
        self.queue().queue_index
    }

    /// 0: known to programs in device maps only.
    pub fn egress_ifindex(&self) -> u32 {
        0
    }
}

/// The packet from `data` to `data_end`.
///
/// # Safety
///
/// Nothing else may use the packet during `'a`.
unsafe fn data<'a>(buffer: &xdp_buff) -> &'a mut [c_uchar] {
    let len = buffer.data_end as usize - buffer.data as usize;
    // SAFETY: the kernel keeps the packet there while the program runs.
    unsafe { from_raw_parts_mut(buffer.data.cast(), len) }
}

impl xdp {
    /// # Safety
    ///
    /// For the program macros: only the kernel runs programs.
    #[doc(hidden)]
    pub const unsafe fn new() -> Self {
        Self(())
    }

    /// # Safety
    ///
    /// `ctx` must be what the kernel gave to a program of this type; once in its run.
    #[doc(hidden)]
    #[inline(always)]
    pub unsafe fn convert_ctx<'a>(&self, ctx: *mut ()) -> xdp_md<'a> {
        // SAFETY: a `struct xdp_buff` and its packet, which are the program's for its run.
        unsafe {
            let buffer = &mut *ctx.cast::<xdp_buff>();
            xdp_md { data_slice: data(buffer), buffer }
        }
    }

    /// Moves the end of the packet by `offset` bytes; new ones are zero. On failure nothing changes.
    ///
    /// ```rust
    /// # #![no_std]
    /// # #![no_main]
    /// # use rex::xdp::{XDP_ABORTED, XDP_PASS, xdp, xdp_md};
    /// # use rex::{Result, rex_xdp};
    /// const KEPT: usize = 64;
    ///
    /// #[rex_xdp]
    /// fn cut(obj: &xdp, ctx: &mut xdp_md) -> Result {
    ///     let spare = ctx.data_length().saturating_sub(KEPT) as i32;
    ///     match obj.bpf_xdp_adjust_tail(ctx, -spare) {
    ///         Ok(_) => Ok(XDP_PASS as i32), // `ctx.data_slice` is what is left
    ///         Err(_) => Ok(XDP_ABORTED as i32),
    ///     }
    /// }
    /// ```
    pub fn bpf_xdp_adjust_tail(&self, ctx: &mut xdp_md, offset: i32) -> Result {
        let len = ctx.buffer.data_end as usize - ctx.buffer.data as usize;
        give_up(&mut ctx.data_slice, ctx.buffer.data.cast(), len);
        // SAFETY: the kernel's buffer; no slice of the packet is left, see `give_up`.
        let code = call_kernel(|| unsafe { kernel::bpf_xdp_adjust_tail(ctx.buffer, offset) });
        // SAFETY: as in `convert_ctx`.
        ctx.data_slice = unsafe { data(ctx.buffer) };
        crate::to_result!(code)
    }
}
