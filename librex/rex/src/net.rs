// SPDX-License-Identifier: GPL-2.0

//! Packets, as XDP and traffic control programs see them. Numbers of more than one byte are in
//! network byte order.

use core::ffi::c_uchar;
use core::mem::{size_of, take};

use crate::utils::{AlignedMut, NoRef, convert_slice_to_struct_mut};

/// Ethernet header.
#[repr(C, packed)]
#[derive(Clone, Copy, Default)]
pub struct ethhdr {
    /// Destination address.
    pub h_dest: [u8; 6],
    /// Source address.
    pub h_source: [u8; 6],
    /// Protocol of the payload.
    pub h_proto: u16,
}

/// IPv4 header without options.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct iphdr {
    bits: u8,
    /// Type of service.
    pub tos: u8,
    /// Length of header and payload in bytes.
    pub tot_len: u16,
    /// Identification of the fragments of one packet.
    pub id: u16,
    /// Flags and offset of the fragment.
    pub frag_off: u16,
    /// Hops left.
    pub ttl: u8,
    /// Protocol of the payload: `IPPROTO_*`.
    pub protocol: u8,
    /// Checksum of the header.
    pub check: u16,
    saddr: u32,
    daddr: u32,
}

/// TCP header without options.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct tcphdr {
    /// Source port.
    pub source: u16,
    /// Destination port.
    pub dest: u16,
    /// Sequence number.
    pub seq: u32,
    /// Next sequence number that the sender waits for.
    pub ack_seq: u32,
    bits: u16,
    /// Receive window.
    pub window: u16,
    /// Checksum of header and payload.
    pub check: u16,
    /// Offset of urgent data.
    pub urg_ptr: u16,
}

/// UDP header.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct udphdr {
    /// Source port.
    pub source: u16,
    /// Destination port.
    pub dest: u16,
    /// Length of header and payload in bytes.
    pub len: u16,
    /// Checksum of header and payload.
    pub check: u16,
}

const _: () = assert!(
    size_of::<ethhdr>() == 14 && size_of::<iphdr>() == 20 && size_of::<tcphdr>() == 20 && size_of::<udphdr>() == 8
);

/// Where a header starts: behind an Ethernet header and an IPv4 header without options.
pub const ETH: usize = 0;
pub const IP: usize = ETH + size_of::<ethhdr>();
pub const TRANSPORT: usize = IP + size_of::<iphdr>();

macro_rules! bits {
    ($header:ident: $ty:ty { $($get:ident, $set:ident = $shift:literal, $width:literal;)* }) => {
        impl $header {
            $(
                #[doc = concat!("Bit-field `", stringify!($get), "`.")]
                #[inline(always)]
                pub fn $get(&self) -> $ty {
                    self.bits >> $shift & ((1 << $width) - 1)
                }

                #[doc = concat!("Sets bit-field `", stringify!($get), "`.")]
                #[inline(always)]
                pub fn $set(&mut self, value: $ty) {
                    let mask = ((1 << $width) - 1) << $shift;
                    self.bits = self.bits & !mask | value << $shift & mask;
                }
            )*
        }
    };
}
bits!(iphdr: u8 {
    ihl, set_ihl = 0, 4;
    version, set_version = 4, 4;
});
// As a little endian machine reads the two bytes.
bits!(tcphdr: u16 {
    res1, set_res1 = 0, 4;
    doff, set_doff = 4, 4;
    fin, set_fin = 8, 1;
    syn, set_syn = 9, 1;
    rst, set_rst = 10, 1;
    psh, set_psh = 11, 1;
    ack, set_ack = 12, 1;
    urg, set_urg = 13, 1;
    ece, set_ece = 14, 1;
    cwr, set_cwr = 15, 1;
});

impl iphdr {
    /// Source address.
    #[inline(always)]
    pub fn saddr(&mut self) -> &mut u32 {
        &mut self.saddr
    }

    /// Destination address.
    #[inline(always)]
    pub fn daddr(&mut self) -> &mut u32 {
        &mut self.daddr
    }
}

/// Clears `check` and returns what belongs there.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::{Result, rex_xdp};
/// use rex::xdp::{XDP_PASS, compute_ip_checksum, ethhdr, iphdr, xdp, xdp_md};
///
/// #[rex_xdp]
/// fn clear_tos(obj: &xdp, ctx: &mut xdp_md) -> Result {
///     const HEADERS: usize = size_of::<ethhdr>() + size_of::<iphdr>();
///     if ctx.data_length() < HEADERS || u16::from_be(obj.eth_header(ctx).h_proto) != 0x0800 {
///         return Ok(XDP_PASS as i32);
///     }
///     let mut ip = obj.ip_header(ctx);
///     if ip.ihl() == 5 {
///         ip.tos = 0;
///         ip.check = compute_ip_checksum(&mut ip);
///     }
///     Ok(XDP_PASS as i32)
/// }
/// ```
pub fn compute_ip_checksum(ip_header: &mut iphdr) -> u16 {
    ip_header.check = 0;
    // SAFETY: the same bytes; the header is aligned to more than two, and has no padding.
    let words = unsafe { &*core::ptr::from_ref(ip_header).cast::<[u16; 10]>() };
    let mut sum: u32 = words.iter().map(|&word| u32::from(word)).sum();
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// A header at an offset of a packet. Panics if the packet is too short for it.
#[inline(always)]
pub fn header<H: Copy + NoRef>(packet: &mut [c_uchar], offset: usize) -> AlignedMut<'_, H> {
    convert_slice_to_struct_mut(&mut packet[offset..offset + size_of::<H>()])
}

/// Takes a context's slice before a helper moves or frees the packet. The slice must still be the
/// whole packet: a program that has put it elsewhere could go on using it, so that is a panic.
pub fn give_up(slice: &mut &mut [c_uchar], start: *const c_uchar, len: usize) {
    assert!(slice.as_ptr() == start && slice.len() == len, "the packet's `data_slice` was taken out of its context");
    take(slice);
}

/// Gives a program type that sees packets the views of their headers.
macro_rules! header_helpers {
    ($program:ty, $context:ident) => {
        impl $program {
            /// The Ethernet header.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::{Result, rex_xdp};
            /// use rex::xdp::{XDP_PASS, XDP_TX, ethhdr, xdp, xdp_md};
            ///
            /// #[rex_xdp]
            /// fn send_back(obj: &xdp, ctx: &mut xdp_md) -> Result {
            ///     if ctx.data_length() < size_of::<ethhdr>() {
            ///         return Ok(XDP_PASS as i32);
            ///     }
            ///     let mut eth = obj.eth_header(ctx);
            ///     (eth.h_source, eth.h_dest) = (eth.h_dest, eth.h_source);
            ///     Ok(XDP_TX as i32) // `eth` goes before the packet does
            /// }
            /// ```
            #[inline(always)]
            pub fn eth_header<'b>(&self, ctx: &'b mut $context) -> $crate::utils::AlignedMut<'b, $crate::net::ethhdr> {
                $crate::net::header(ctx.data_slice, $crate::net::ETH)
            }

            /// The IPv4 header behind an Ethernet header.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::{Result, rex_printk, rex_tc};
            /// use core::net::Ipv4Addr;
            /// use rex::sched_cls::{__sk_buff, TC_ACT_OK, sched_cls};
            ///
            /// #[rex_tc]
            /// fn on_packet(obj: &sched_cls, skb: &mut __sk_buff) -> Result {
            ///     if u16::from(skb.protocol()) == 0x0800 && skb.data_slice.len() >= 34 {
            ///         let mut ip = obj.ip_header(skb);
            ///         let to = Ipv4Addr::from(u32::from_be(*ip.daddr()));
            ///         drop(ip); // it borrows the context
            ///         rex_printk!("{} bytes to {to}", skb.len())?;
            ///     }
            ///     Ok(TC_ACT_OK as i32)
            /// }
            /// ```
            #[inline(always)]
            pub fn ip_header<'b>(&self, ctx: &'b mut $context) -> $crate::utils::AlignedMut<'b, $crate::net::iphdr> {
                $crate::net::header(ctx.data_slice, $crate::net::IP)
            }

            /// The TCP header behind an IPv4 header without options.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::xdp::{IPPROTO_TCP, XDP_PASS, ethhdr, iphdr, tcphdr, xdp, xdp_md};
            /// # use rex::{Result, rex_printk, rex_xdp};
            /// #
            /// const HEADERS: usize = size_of::<ethhdr>() + size_of::<iphdr>() + size_of::<tcphdr>();
            ///
            /// #[rex_xdp]
            /// fn on_connect(obj: &xdp, ctx: &mut xdp_md) -> Result {
            ///     if ctx.data_length() < HEADERS || u16::from_be(obj.eth_header(ctx).h_proto) != 0x0800 {
            ///         return Ok(XDP_PASS as i32);
            ///     }
            ///     let ip = obj.ip_header(ctx);
            ///     let plain = ip.ihl() == 5 && u32::from(ip.protocol) == IPPROTO_TCP;
            ///     drop(ip);
            ///     if plain {
            ///         let tcp = obj.tcp_header(ctx);
            ///         if tcp.syn() == 1 && tcp.ack() == 0 {
            ///             rex_printk!("somebody connects to port {}", u16::from_be(tcp.dest))?;
            ///         }
            ///     }
            ///     Ok(XDP_PASS as i32)
            /// }
            /// ```
            #[inline(always)]
            pub fn tcp_header<'b>(&self, ctx: &'b mut $context) -> $crate::utils::AlignedMut<'b, $crate::net::tcphdr> {
                $crate::net::header(ctx.data_slice, $crate::net::TRANSPORT)
            }

            /// The UDP header behind an IPv4 header without options.
            #[inline(always)]
            pub fn udp_header<'b>(&self, ctx: &'b mut $context) -> $crate::utils::AlignedMut<'b, $crate::net::udphdr> {
                $crate::net::header(ctx.data_slice, $crate::net::TRANSPORT)
            }
        }
    };
}
pub(crate) use header_helpers;
