// SPDX-License-Identifier: GPL-2.0

//! What the kernel exports to extensions (`kernel/bpf/rex/exports.c` of the patched tree).
//! Helpers take and return registers; the types here are those of their C definitions.

use core::ffi::c_void;

use crate::linux::bpf;

/// Types of the kernel that was built, by bindgen.
#[allow(non_camel_case_types, non_snake_case, non_upper_case_globals, dead_code, missing_docs, clippy::all)]
#[allow(unsafe_op_in_unsafe_fn)]
#[allow(unknown_lints, unnecessary_transmutes)] // the second one is young
pub mod bindings {
    include!(concat!(env!("REX_BINDINGS"), "/kernel.rs"));
}

/// Offset of the key in an element of a hash table (`REX_HTAB_KEY` of the kernel).
pub const HTAB_KEY: usize = 48;

/// `struct bpf_map`, which extensions only point to.
pub type Map = c_void;

// bindgen's empty structures behind these pointers are no concern of the calls.
#[allow(improper_ctypes)]
extern "C" {
    pub fn rex_landingpad(text: *const u8) -> !;
    pub fn rex_trace_printk(text: *const u8, len: u32) -> i64;

    /// Of hash tables: the element, or null. Its key lies at [`HTAB_KEY`], its value behind that, aligned to 8 bytes.
    pub fn rex_htab_lookup_elem(map: *mut Map, key: *const c_void) -> *mut c_void;
    pub fn bpf_map_lookup_elem(map: *mut Map, key: *const c_void) -> *mut c_void;
    pub fn bpf_map_update_elem(map: *mut Map, key: *const c_void, value: *const c_void, flags: u64) -> i64;
    pub fn bpf_map_delete_elem(map: *mut Map, key: *const c_void) -> i64;
    pub fn bpf_map_push_elem(map: *mut Map, value: *const c_void, flags: u64) -> i64;
    pub fn bpf_map_pop_elem(map: *mut Map, value: *mut c_void) -> i64;
    pub fn bpf_map_peek_elem(map: *mut Map, value: *mut c_void) -> i64;

    pub fn bpf_probe_read_kernel(dst: *mut c_void, size: u32, src: *const ()) -> i64;
    pub fn bpf_snprintf(buffer: *mut u8, size: u32, format: *const u8, data: *const u64, data_len: u32) -> i64;
    pub fn bpf_ktime_get_ns() -> u64;
    pub fn bpf_ktime_get_boot_ns() -> u64;
    pub fn bpf_ktime_get_coarse_ns() -> u64;
    pub fn bpf_get_prandom_u32() -> u32;
    pub fn rex_smp_processor_id() -> u32;
    pub fn rex_numa_node_id() -> i32;
    pub static jiffies_64: u64;

    /// 0, `-EDEADLK` if this CPU holds a lock already, `-ETIMEDOUT` if time is up or the lock is not given back.
    pub fn bpf_spin_lock(lock: *mut bpf::bpf_spin_lock) -> i64;
    pub fn bpf_spin_unlock(lock: *mut bpf::bpf_spin_lock);
    pub fn rex_spin_release();

    pub fn bpf_ringbuf_reserve(map: *mut Map, size: u64, flags: u64) -> *mut c_void;
    pub fn bpf_ringbuf_submit(data: *mut c_void, flags: u64);
    pub fn bpf_ringbuf_discard(data: *mut c_void, flags: u64);
    pub fn bpf_ringbuf_output(map: *mut Map, data: *const c_void, size: u64, flags: u64) -> i64;
    pub fn bpf_ringbuf_query(map: *mut Map, what: u64) -> u64;

    pub fn bpf_perf_event_output_tp(
        ctx: *const c_void,
        map: *mut Map,
        flags: u64,
        data: *const c_void,
        size: u64,
    ) -> i64;
    pub fn bpf_perf_prog_read_value(
        ctx: *const bindings::bpf_perf_event_data_kern,
        buffer: *mut bpf::bpf_perf_event_value,
        size: u32,
    ) -> i64;
    pub fn bpf_get_stackid_pe(ctx: *const bindings::bpf_perf_event_data_kern, map: *mut Map, flags: u64) -> i64;

    pub fn bpf_xdp_adjust_tail(xdp: *mut bindings::xdp_buff, offset: i32) -> i64;
    pub fn bpf_clone_redirect(skb: *mut bindings::sk_buff, ifindex: u32, flags: u64) -> i64;

    pub fn bpf_get_current_task() -> *const bindings::task_struct;
    pub fn bpf_task_from_pid(pid: i32) -> *const bindings::task_struct;
    pub fn bpf_task_release(task: *const bindings::task_struct);
    #[cfg(override_return)]
    pub fn bpf_override_return(regs: *mut bindings::pt_regs, rc: u64) -> i64;
}
