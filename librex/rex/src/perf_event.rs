// SPDX-License-Identifier: GPL-2.0

//! Programs that run when a perf event overflows.

use core::mem::size_of;

use crate::helpers::{base_helpers, task_helpers};
use crate::kernel::{self, bindings};
use crate::linux::bpf::bpf_perf_event_value;
use crate::map::RexStackTrace;
use crate::pt_regs::PtRegs;
use crate::run::call_kernel;
use crate::utils::{NoRef, Result, UNBOUND};

/// `PERF_SAMPLE_ADDR`: the sample has an address.
const SAMPLE_ADDR: u64 = 1 << 3;

/// A perf event program.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// use rex::map::RexPerCPUArrayMap;
/// use rex::perf_event::{bpf_perf_event_data, perf_event};
/// use rex::{Result, rex_map, rex_perf_event};
///
/// #[rex_map]
/// static SAMPLES: RexPerCPUArrayMap<u64> = RexPerCPUArrayMap::new(1, 0);
///
/// #[rex_perf_event]
/// fn count(obj: &perf_event, _: &bpf_perf_event_data) -> Result {
///     if let Some(samples) = obj.bpf_map_lookup_elem(&SAMPLES, &0) {
///         *samples += 1;
///     }
///     Ok(0) // perf keeps no sample of its own
/// }
/// ```
pub struct perf_event(());

base_helpers!(impl[] perf_event);
task_helpers!(impl[] perf_event);

/// A sample of a perf event.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::perf_event::perf_event;
/// # use rex::{Result, rex_perf_event, rex_printk};
/// use rex::perf_event::bpf_perf_event_data;
///
/// #[rex_perf_event]
/// fn on_sample(_: &perf_event, ctx: &bpf_perf_event_data) -> Result {
///     rex_printk!("at {:#x}, every {} events", ctx.regs().rip(), ctx.sample_period())
/// }
/// ```
#[repr(transparent)]
pub struct bpf_perf_event_data(bindings::bpf_perf_event_data_kern);

impl bpf_perf_event_data {
    /// Registers where the event hit.
    pub fn regs(&self) -> &PtRegs {
        // SAFETY: the kernel's, for the whole run; `PtRegs` is its `struct pt_regs`.
        unsafe { &*self.0.regs.cast_const().cast() }
    }

    fn sample(&self) -> &bindings::perf_sample_data {
        // SAFETY: the kernel's, for the whole run.
        unsafe { &*self.0.data }
    }

    /// Events per sample.
    pub fn sample_period(&self) -> u64 {
        self.sample().period
    }

    /// Address recorded on the event, 0 if there is none.
    pub fn addr(&self) -> u64 {
        let sample = self.sample();
        if sample.sample_flags & SAMPLE_ADDR != 0 { sample.addr } else { 0 }
    }
}

impl perf_event {
    /// # Safety
    ///
    /// For the program macros: only the kernel runs programs.
    #[doc(hidden)]
    pub const unsafe fn new() -> Self {
        Self(())
    }

    /// # Safety
    ///
    /// `ctx` must be what the kernel gave to a program of this type.
    #[doc(hidden)]
    pub unsafe fn convert_ctx(&self, ctx: *mut ()) -> &'static bpf_perf_event_data {
        // SAFETY: a `struct bpf_perf_event_data_kern` that stays for the run.
        unsafe { &*ctx.cast() }
    }

    /// The event's counter, and how long it was enabled and running.
    ///
    /// ```rust
    /// # #![no_std]
    /// # #![no_main]
    /// # use rex::perf_event::{bpf_perf_event_data, perf_event};
    /// # use rex::{Result, rex_perf_event, rex_printk};
    /// use rex::linux::bpf::bpf_perf_event_value;
    ///
    /// #[rex_perf_event]
    /// fn on_sample(obj: &perf_event, ctx: &bpf_perf_event_data) -> Result {
    ///     let mut value = bpf_perf_event_value { counter: 0, enabled: 0, running: 0 };
    ///     obj.bpf_perf_prog_read_value(ctx, &mut value)?;
    ///     rex_printk!("{} events in {} ns", value.counter, value.running)
    /// }
    /// ```
    pub fn bpf_perf_prog_read_value(&self, ctx: &bpf_perf_event_data, buf: &mut bpf_perf_event_value) -> Result {
        let size = size_of::<bpf_perf_event_value>() as u32;
        // SAFETY: `buf` has `size` bytes.
        let code = call_kernel(|| unsafe { kernel::bpf_perf_prog_read_value(&ctx.0, buf, size) });
        crate::to_result!(code)
    }

    /// The id under which `map` keeps the stack of the sample; `BPF_F_USER_STACK` for the user stack.
    pub fn bpf_get_stackid_pe<K, V: Copy + NoRef>(
        &self,
        ctx: &bpf_perf_event_data,
        map: &'static RexStackTrace<K, V>,
        flags: u64,
    ) -> Result {
        let map = map.bound().ok_or(UNBOUND)?;
        // SAFETY: the type says that it is a map of stack traces.
        let code = call_kernel(|| unsafe { kernel::bpf_get_stackid_pe(&ctx.0, map, flags) });
        crate::to_result!(code)
    }
}
