// SPDX-License-Identifier: GPL-2.0

//! What is called in C: `librex.h`, `bpf/libbpf.h`, `bpf/bpf.h` and the C library, whose documentation holds. Functions of libbpf that return a
//! pointer return null and set `errno` when they fail; those that return an `int`, the negative of it.

use std::ffi::{c_char, c_int, c_long, c_uint, c_void};

macro_rules! opaque {
    ($($name:ident)*) => {$(
        #[repr(C)]
        pub struct $name {
            _private: [u8; 0],
            _neither_send_nor_sync: std::marker::PhantomData<*mut ()>,
        }
    )*};
}
opaque!(rex_obj bpf_object bpf_program bpf_map bpf_link ring_buffer);

// librex.h
unsafe extern "C" {
    pub fn rex_obj_load(file_path: *const c_char) -> *mut rex_obj;
    pub fn rex_obj_load_mem(data: *const c_void, size: usize, name: *const c_char) -> *mut rex_obj;
    pub fn rex_obj_get_bpf(obj: *mut rex_obj) -> *mut bpf_object;
    pub fn rex_obj_attach(obj: *mut rex_obj) -> c_int;
    pub fn rex_set_print(print: Option<extern "C" fn(*const c_char)>);
}

pub type RingSample = unsafe extern "C" fn(ctx: *mut c_void, data: *mut c_void, size: usize) -> c_int;

// libbpf
unsafe extern "C" {
    pub fn bpf_object__find_program_by_name(obj: *const bpf_object, name: *const c_char) -> *mut bpf_program;
    pub fn bpf_object__next_program(obj: *const bpf_object, prog: *mut bpf_program) -> *mut bpf_program;
    pub fn bpf_program__name(prog: *const bpf_program) -> *const c_char;
    pub fn bpf_program__fd(prog: *const bpf_program) -> c_int;
    pub fn bpf_program__attach(prog: *const bpf_program) -> *mut bpf_link;
    pub fn bpf_program__attach_kprobe(
        prog: *const bpf_program,
        retprobe: bool,
        func_name: *const c_char,
    ) -> *mut bpf_link;
    pub fn bpf_program__attach_perf_event(prog: *const bpf_program, pfd: c_int) -> *mut bpf_link;
    pub fn bpf_object__find_map_by_name(obj: *const bpf_object, name: *const c_char) -> *mut bpf_map;
    pub fn bpf_object__next_map(obj: *const bpf_object, map: *const bpf_map) -> *mut bpf_map;
    pub fn bpf_map__name(map: *const bpf_map) -> *const c_char;
    pub fn bpf_map__fd(map: *const bpf_map) -> c_int;
    pub fn bpf_map__type(map: *const bpf_map) -> c_uint;
    pub fn bpf_map__key_size(map: *const bpf_map) -> u32;
    pub fn bpf_map__value_size(map: *const bpf_map) -> u32;
    pub fn bpf_link__fd(link: *const bpf_link) -> c_int;
    pub fn bpf_link__destroy(link: *mut bpf_link) -> c_int;

    pub fn bpf_map_lookup_elem(fd: c_int, key: *const c_void, value: *mut c_void) -> c_int;
    pub fn bpf_map_lookup_and_delete_elem(fd: c_int, key: *const c_void, value: *mut c_void) -> c_int;
    pub fn bpf_map_update_elem(fd: c_int, key: *const c_void, value: *const c_void, flags: u64) -> c_int;
    pub fn bpf_map_delete_elem(fd: c_int, key: *const c_void) -> c_int;
    pub fn bpf_map_get_next_key(fd: c_int, key: *const c_void, next_key: *mut c_void) -> c_int;
    pub fn bpf_link_create(prog_fd: c_int, target_fd: c_int, attach_type: c_uint, opts: *const c_void) -> c_int;
    pub fn bpf_obj_pin(fd: c_int, pathname: *const c_char) -> c_int;
    pub fn libbpf_num_possible_cpus() -> c_int;

    pub fn ring_buffer__new(
        map_fd: c_int,
        sample: RingSample,
        ctx: *mut c_void,
        opts: *const c_void,
    ) -> *mut ring_buffer;
    pub fn ring_buffer__poll(rb: *mut ring_buffer, timeout_ms: c_int) -> c_int;
    pub fn ring_buffer__free(rb: *mut ring_buffer);
}

/// A set of signals, as the C library has it on Linux.
#[repr(C)]
pub struct SigSet([u64; 16]);

#[repr(C)]
pub struct TimeSpec {
    pub tv_sec: i64,
    pub tv_nsec: i64,
}

/// `struct perf_event_attr` up to `config1` (`PERF_ATTR_SIZE_VER0`).
#[repr(C)]
#[derive(Default)]
pub struct PerfEventAttr {
    pub kind: u32,
    pub size: u32,
    pub config: u64,
    pub sample_period: u64,
    pub sample_type: u64,
    pub read_format: u64,
    pub flags: u64,
    pub wakeup_events: u32,
    pub bp_type: u32,
    pub config1: u64,
}

pub const SIGINT: c_int = 2;
pub const SIGTERM: c_int = 15;
pub const SIG_BLOCK: c_int = 0;
pub const SYS_PERF_EVENT_OPEN: c_long = 298;

// The C library
unsafe extern "C" {
    pub fn sigemptyset(set: *mut SigSet) -> c_int;
    pub fn sigaddset(set: *mut SigSet, signal: c_int) -> c_int;
    pub fn pthread_sigmask(how: c_int, set: *const SigSet, old: *mut SigSet) -> c_int;
    pub fn sigtimedwait(set: *const SigSet, info: *mut c_void, timeout: *const TimeSpec) -> c_int;
    pub fn if_nametoindex(name: *const c_char) -> c_uint;
    pub fn syscall(number: c_long, ...) -> c_long;
}
