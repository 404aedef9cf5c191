// SPDX-License-Identifier: GPL-2.0

//! Traffic control programs: they run on packets as these enter or leave a network device.

use core::ffi::{c_char, c_uchar};
use core::slice::from_raw_parts_mut;

use crate::helpers::base_helpers;
use crate::kernel::{self, bindings};
pub use crate::linux::pkt_cls::{TC_ACT_OK, TC_ACT_REDIRECT, TC_ACT_SHOT};
use crate::net::{give_up, header_helpers};
use crate::run::call_kernel;
use crate::utils::{Result, u16be};

/// A traffic control program.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::map::RexHashMap;
/// use rex::sched_cls::{__sk_buff, TC_ACT_OK, sched_cls};
/// use rex::{Result, rex_map, rex_tc};
///
/// #[rex_map]
/// static BYTES: RexHashMap<u32, u64> = RexHashMap::new(64, 0);
///
/// #[rex_tc]
/// fn count(_: &sched_cls, skb: &mut __sk_buff) -> Result {
///     let device = skb.ifindex();
///     let bytes = BYTES.get_mut(&device).map_or(0, |bytes| *bytes);
///     // A full table is no reason to lose a packet.
///     _ = BYTES.insert(&device, &(bytes + u64::from(skb.len())));
///     Ok(TC_ACT_OK as i32)
/// }
/// ```
pub struct sched_cls(());

base_helpers!(impl[] sched_cls);
header_helpers!(sched_cls, __sk_buff);

/// A packet in a socket buffer.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::{Result, rex_tc};
/// use rex::sched_cls::{__sk_buff, TC_ACT_OK, TC_ACT_SHOT, sched_cls};
///
/// #[rex_tc]
/// fn only_marked(_: &sched_cls, skb: &mut __sk_buff) -> Result {
///     let multicast = skb.data_slice.first().is_some_and(|byte| byte & 1 == 1);
///     let pass = skb.mark() == 7 || multicast;
///     let verdict = if pass { TC_ACT_OK } else { TC_ACT_SHOT };
///     Ok(verdict as i32)
/// }
/// ```
pub struct __sk_buff<'a> {
    /// The packet's bytes from the Ethernet header, as far as they are in one piece.
    pub data_slice: &'a mut [c_uchar],
    skb: &'a mut bindings::sk_buff,
}

/// A socket, which programs only point to.
pub struct sock(#[allow(dead_code)] bindings::sock);

type Fields = bindings::sk_buff__bindgen_ty_4__bindgen_ty_1;

impl<'a> __sk_buff<'a> {
    fn fields(&self) -> &Fields {
        // SAFETY: one layout under two names (struct_group in the kernel); plain integers.
        unsafe { self.skb.__bindgen_anon_4.__bindgen_anon_1.as_ref() }
    }

    fn vlan(&self) -> &bindings::sk_buff__bindgen_ty_4__bindgen_ty_1__bindgen_ty_2__bindgen_ty_1 {
        // SAFETY: as in `fields`.
        unsafe { self.fields().__bindgen_anon_2.__bindgen_anon_1.as_ref() }
    }

    /// Bytes of the packet.
    #[allow(clippy::len_without_is_empty)] // a field of the kernel, not a collection
    pub fn len(&self) -> u32 {
        self.skb.len
    }

    /// Bytes that are not in `data_slice`.
    pub fn data_len(&self) -> u32 {
        self.skb.data_len
    }

    /// Priority in queues.
    pub fn priority(&self) -> u32 {
        self.fields().priority
    }

    /// Hash of the flow, 0 if it was not computed.
    pub fn hash(&self) -> u32 {
        self.fields().hash
    }

    /// Index of the packet's device.
    pub fn ifindex(&self) -> u32 {
        // SAFETY: in traffic control a buffer has a device.
        unsafe { (**self.skb.__bindgen_anon_1.__bindgen_anon_1.as_ref().__bindgen_anon_1.dev.as_ref()).ifindex as u32 }
    }

    /// Index of the device that the packet came in through, 0 if it came from this machine.
    pub fn ingress_ifindex(&self) -> u32 {
        self.fields().skb_iif as u32
    }

    /// Protocol of the frame's payload.
    pub fn protocol(&self) -> u16be {
        u16be::new(self.fields().protocol)
    }

    /// Protocol of the VLAN tag.
    pub fn vlan_proto(&self) -> u16be {
        u16be::new(self.vlan().vlan_proto)
    }

    /// VLAN tag.
    pub fn vlan_tci(&self) -> u16 {
        self.vlan().vlan_tci
    }

    /// 1 if there is a VLAN tag, else 0.
    pub fn vlan_present(&self) -> u32 {
        // SAFETY: as in `fields`.
        unsafe { (*self.fields().__bindgen_anon_2.vlan_all.as_ref() != 0) as u32 }
    }

    /// Queue of the device.
    pub fn queue_mapping(&self) -> u16 {
        self.skb.queue_mapping
    }

    /// Traffic control index.
    pub fn tc_index(&self) -> u16 {
        self.fields().tc_index
    }

    /// Mark that netfilter and routing use.
    pub fn mark(&self) -> u32 {
        // SAFETY: as in `fields`.
        unsafe { *self.fields().__bindgen_anon_4.mark.as_ref() }
    }

    /// `PACKET_*`: whom the frame is addressed to.
    pub fn pkt_type(&self) -> u32 {
        self.fields().pkt_type().into()
    }

    /// Start of the control block.
    pub fn cb(&self) -> [c_char; 20] {
        core::array::from_fn(|i| self.skb.cb[i])
    }

    /// The socket that the packet belongs to. Panics if there is none.
    pub fn sk(&self) -> &'a sock {
        // SAFETY: null, or a socket that the buffer holds on to while the program runs.
        unsafe { self.skb.sk.cast_const().cast::<sock>().as_ref() }.expect("the packet has no socket")
    }

    /// 0.
    pub fn tc_classid(&self) -> u32 {
        0
    }

    /// 0.
    pub fn napi_id(&self) -> u32 {
        0
    }

    /// 0.
    pub fn data_meta(&self) -> u32 {
        0
    }
}

/// Bytes of the packet that are in one piece.
fn linear(skb: &bindings::sk_buff) -> usize {
    skb.len as usize - skb.data_len as usize
}

/// The linear part of the packet.
///
/// # Safety
///
/// Nothing else may use the packet during `'a`.
unsafe fn data<'a>(skb: &bindings::sk_buff) -> &'a mut [c_uchar] {
    // SAFETY: the kernel keeps the packet there while the program runs.
    unsafe { from_raw_parts_mut(skb.data, linear(skb)) }
}

impl sched_cls {
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
    pub unsafe fn convert_ctx<'a>(&self, ctx: *mut ()) -> __sk_buff<'a> {
        // SAFETY: a `struct sk_buff` and its packet, which are the program's for its run.
        unsafe {
            let skb = &mut *ctx.cast::<bindings::sk_buff>();
            __sk_buff { data_slice: data(skb), skb }
        }
    }

    /// Sends a copy of the packet out of device `ifindex`, or into it with flag `BPF_F_INGRESS`.
    /// Codes other than 0 are an `Err`, and may be positive.
    ///
    /// ```rust
    /// # #![no_std]
    /// # #![no_main]
    /// # use rex::sched_cls::{__sk_buff, TC_ACT_OK, sched_cls};
    /// # use rex::{Result, rex_printk, rex_tc};
    /// const MONITOR: u32 = 7;
    ///
    /// #[rex_tc]
    /// fn mirror(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
    ///     if skb.ifindex() != MONITOR {
    ///         if let Err(code) = obj.bpf_clone_redirect(skb, MONITOR, 0) {
    ///             rex_printk!("no copy: {code}")?;
    ///         }
    ///     }
    ///     Ok(TC_ACT_OK as i32)
    /// }
    /// ```
    pub fn bpf_clone_redirect(&self, skb: &mut __sk_buff, ifindex: u32, flags: u64) -> Result {
        give_up(&mut skb.data_slice, skb.skb.data, linear(skb.skb));
        // SAFETY: the kernel's buffer; no slice of the packet is left, see `give_up`.
        let code = call_kernel(|| unsafe { kernel::bpf_clone_redirect(skb.skb, ifindex, flags) }) as i32;
        // SAFETY: as in `convert_ctx`.
        skb.data_slice = unsafe { data(skb.skb) };
        if code == 0 { Ok(0) } else { Err(code) }
    }
}
