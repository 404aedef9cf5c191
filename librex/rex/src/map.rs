// SPDX-License-Identifier: GPL-2.0

//! Maps: data that programs share with each other and with user space.
//!
//! Keys and values are plain data. One `static` may serve several programs, and a loader finds it by its name.
//!
//! ```rust
//! # #![no_std]
//! # #![no_main]
//! use rex::map::RexHashMap;
//! use rex::{Result, rex_kprobe, rex_map};
//! # use rex::kprobe::kprobe;
//! # use rex::pt_regs::PtRegs;
//!
//! #[derive(Clone, Copy)]
//! #[repr(C)] // as user space reads it
//! struct Call {
//!     start: u64,
//!     bytes: u64,
//! }
//!
//! #[rex_map]
//! static CALLS: RexHashMap<i32, Call> = RexHashMap::new(4096, 0);
//!
//! #[rex_kprobe(function = "vfs_write")]
//! fn on_write(obj: &kprobe, regs: &mut PtRegs) -> Result {
//!     let Some(task) = obj.bpf_get_current_task() else {
//!         return Ok(0);
//!     };
//!     CALLS.insert(&task.get_pid(), &Call { start: obj.bpf_ktime_get_ns(), bytes: regs.rdx() })
//! }
//! ```
//!
//! A reference is not, as user space could write any address there:
//!
//! ```compile_fail,E0277
//! # #![no_std]
//! # #![no_main]
//! # use rex::map::RexHashMap;
//! # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
//! # use rex::{Result, rex_map, rex_tracepoint};
//! #[rex_map]
//! static NAMES: RexHashMap<i32, &'static str> = RexHashMap::new(64, 0);
//! #
//! # #[rex_tracepoint]
//! # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
//! #     NAMES.insert(&0, &"nobody")
//! # }
//! ```

use core::cell::UnsafeCell;
use core::ffi::c_void;
use core::marker::PhantomData;
use core::mem::{MaybeUninit, align_of, size_of};
use core::ptr::{addr_of_mut, from_ref, null_mut};

use crate::kernel::bindings::bpf_array;
use crate::kernel::{self, HTAB_KEY, Map};
use crate::linux::bpf::{
    BPF_ANY, BPF_EXIST, BPF_MAP_TYPE_ARRAY, BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY,
    BPF_MAP_TYPE_PERF_EVENT_ARRAY, BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_RINGBUF, BPF_MAP_TYPE_STACK,
    BPF_MAP_TYPE_STACK_TRACE, BPF_NOEXIST, BPF_RB_AVAIL_DATA, BPF_RB_CONS_POS, BPF_RB_PROD_POS, BPF_RB_RING_SIZE,
    bpf_map_type,
};
pub use crate::ringbuf::RexRingBufEntry;
use crate::run::call_kernel;
use crate::utils::{NoRef, PerfEventMaskedCPU, PerfEventStreamer, Result, UNBOUND};
use crate::value;

const ANY: u64 = BPF_ANY as u64;
const NOEXIST: u64 = BPF_NOEXIST as u64;
const EXIST: u64 = BPF_EXIST as u64;

/// A map of kernel type `MT`, from keys `K` to values `V`: a record of section `.maps`, which the
/// loader reads and the kernel completes. Make one as a `static` with `#[rex_map]`.
#[repr(C)]
pub struct RexMapHandle<const MT: bpf_map_type, K, V>
where
    V: Copy + NoRef,
{
    map_type: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    flags: u32,
    // The kernel writes it once, before the first program runs.
    map: UnsafeCell<*mut Map>,
    types: PhantomData<(K, V)>,
}

// SAFETY: a handle is constant while programs run, and the kernel's maps are made for all CPUs.
unsafe impl<const MT: bpf_map_type, K, V: Copy + NoRef> Sync for RexMapHandle<MT, K, V> {}

const _: () = assert!(size_of::<RexMapHandle<1, u32, u32>>() == 32);

/// A hash table.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// use rex::map::RexHashMap;
///
/// #[rex_map]
/// static COUNTS: RexHashMap<u64, u64> = RexHashMap::new(1024, 0);
///
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// match COUNTS.get_mut(&ctx.fildes) {
///     Some(count) => *count += 1,
///     // `Err(-EEXIST)` if another CPU was faster.
///     None => {
///         COUNTS.insert_new(&ctx.fildes, &1)?;
///     }
/// }
/// if ctx.fildes > 100 {
///     COUNTS.delete(&ctx.fildes)?;
/// }
/// Ok(0)
/// # }
/// ```
pub type RexHashMap<K, V> = RexMapHandle<BPF_MAP_TYPE_HASH, K, V>;
/// A hash table that is never full: a new key takes the place of one that was not used for long.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// use rex::map::RexLruHashMap;
///
/// #[rex_map]
/// static RECENT: RexLruHashMap<u64, u64> = RexLruHashMap::new(64, 0);
///
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// RECENT.insert(&ctx.fildes, &1)
/// # }
/// ```
pub type RexLruHashMap<K, V> = RexMapHandle<BPF_MAP_TYPE_LRU_HASH, K, V>;
/// An array, indexed by `u32`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_printk, rex_tracepoint};
/// use rex::map::RexArrayMap;
///
/// #[rex_map]
/// static LIMITS: RexArrayMap<u64> = RexArrayMap::new(16, 0); // 0 until somebody writes
///
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// let limit = LIMITS.get_mut(&3).map_or(0, |limit| *limit);
/// if ctx.fildes > limit {
///     LIMITS.insert(&3, &ctx.fildes)?;
/// }
/// rex_printk!("no element 16: {:?}", LIMITS.get_mut(&16).is_none())
/// # }
/// ```
pub type RexArrayMap<V> = RexMapHandle<BPF_MAP_TYPE_ARRAY, u32, V>;
/// An array that each CPU has for itself, indexed by `u32`.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// use rex::map::RexPerCPUArrayMap;
///
/// #[rex_map]
/// static RUNS: RexPerCPUArrayMap<u64> = RexPerCPUArrayMap::new(1, 0);
///
/// # #[rex_tracepoint]
/// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
/// if let Some(runs) = obj.bpf_map_lookup_elem(&RUNS, &0) {
///     *runs += 1; // this CPU's
/// }
/// Ok(0)
/// # }
/// ```
pub type RexPerCPUArrayMap<V> = RexMapHandle<BPF_MAP_TYPE_PERCPU_ARRAY, u32, V>;
/// Buffers, one for each CPU, that stream events of type `V` to user space.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// use rex::map::RexPerfEventArray;
/// use rex::utils::PerfEventMaskedCPU;
///
/// #[derive(Clone, Copy)]
/// #[repr(C)] // as user space reads it
/// struct Event {
///     time: u64,
///     fd: u64,
/// }
///
/// #[rex_map]
/// static EVENTS: RexPerfEventArray<Event> = RexPerfEventArray::new(64, 0); // at most 64 CPUs
///
/// # #[rex_tracepoint]
/// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// let event = Event { time: obj.bpf_ktime_get_ns(), fd: ctx.fildes };
/// EVENTS.output(obj, ctx, &event, PerfEventMaskedCPU::current_cpu())
/// # }
/// ```
pub type RexPerfEventArray<V> = RexMapHandle<BPF_MAP_TYPE_PERF_EVENT_ARRAY, u32, V>;
/// Call stacks by id; `V` is an array of addresses.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::perf_event::{bpf_perf_event_data, perf_event};
/// # use rex::{Result, rex_map, rex_perf_event};
/// use rex::linux::perf_event::PERF_MAX_STACK_DEPTH;
/// use rex::map::{RexHashMap, RexStackTrace};
///
/// #[rex_map]
/// static STACKS: RexStackTrace<u32, [u64; PERF_MAX_STACK_DEPTH as usize]> = RexStackTrace::new(1024, 0);
///
/// #[rex_map]
/// static HITS: RexHashMap<i32, u64> = RexHashMap::new(1024, 0);
///
/// #[rex_perf_event]
/// fn on_sample(obj: &perf_event, ctx: &bpf_perf_event_data) -> Result {
///     let stack = obj.bpf_get_stackid_pe(ctx, &STACKS, 0)?;
///     let hits = HITS.get_mut(&stack).map_or(0, |hits| *hits);
///     HITS.insert(&stack, &(hits + 1))
/// }
/// ```
pub type RexStackTrace<K, V> = RexMapHandle<BPF_MAP_TYPE_STACK_TRACE, K, V>;
/// A stack: last in, first out.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_printk, rex_tracepoint};
/// use rex::map::RexStack;
///
/// #[rex_map]
/// static RECENT: RexStack<u64> = RexStack::new(8, 0);
///
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// RECENT.force_push(&ctx.fildes)?; // a full stack loses its oldest element
/// rex_printk!("last was {:?}", RECENT.peek())
/// # }
/// ```
pub type RexStack<V> = RexMapHandle<BPF_MAP_TYPE_STACK, (), V>;
/// A queue: first in, first out.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_printk, rex_tracepoint};
/// use rex::map::RexQueue;
///
/// #[rex_map]
/// static WAITING: RexQueue<u64> = RexQueue::new(8, 0);
///
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// if WAITING.push(&ctx.fildes).is_err() {
///     // Full: the oldest one has waited long enough.
///     rex_printk!("not looked at: {:?}", WAITING.pop())?;
/// }
/// Ok(0)
/// # }
/// ```
pub type RexQueue<V> = RexMapHandle<BPF_MAP_TYPE_QUEUE, (), V>;
/// A buffer of bytes that user space reads in order; its size in bytes is a power of two.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_map, rex_tracepoint};
/// use rex::map::RexRingBuf;
///
/// #[rex_map]
/// static EVENTS: RexRingBuf = RexRingBuf::new(1 << 16, 0);
///
/// # #[rex_tracepoint]
/// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
/// let Some(mut entry) = EVENTS.reserve(12) else {
///     return Ok(0); // nobody reads, and it is full
/// };
/// entry[..4].copy_from_slice(&obj.bpf_get_smp_processor_id().to_ne_bytes());
/// entry[4..].copy_from_slice(&ctx.fildes.to_ne_bytes());
/// entry.submit(0);
/// Ok(0)
/// # }
/// ```
pub type RexRingBuf = RexMapHandle<BPF_MAP_TYPE_RINGBUF, (), ()>;

impl<const MT: bpf_map_type, K, V: Copy + NoRef> RexMapHandle<MT, K, V> {
    /// A map of at most `ms` entries (a ring buffer: bytes), made with the `BPF_F_*` flags `mf`.
    ///
    /// ```rust
    /// # #![no_std]
    /// # #![no_main]
    /// # use rex::map::RexHashMap;
    /// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
    /// # use rex::{Result, rex_map, rex_tracepoint};
    /// use rex::linux::bpf::BPF_F_NO_PREALLOC;
    ///
    /// #[rex_map]
    /// static RARE: RexHashMap<u64, u64> = RexHashMap::new(1 << 20, BPF_F_NO_PREALLOC);
    /// #
    /// # #[rex_tracepoint]
    /// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
    /// #     RARE.insert(&ctx.fildes, &1)
    /// # }
    /// ```
    pub const fn new(ms: u32, mf: u32) -> Self {
        // Values of other kinds of maps may be pointers of the kernel.
        assert!(
            matches!(
                MT,
                BPF_MAP_TYPE_HASH
                    | BPF_MAP_TYPE_LRU_HASH
                    | BPF_MAP_TYPE_ARRAY
                    | BPF_MAP_TYPE_PERCPU_ARRAY
                    | BPF_MAP_TYPE_PERF_EVENT_ARRAY
                    | BPF_MAP_TYPE_STACK_TRACE
                    | BPF_MAP_TYPE_STACK
                    | BPF_MAP_TYPE_QUEUE
                    | BPF_MAP_TYPE_RINGBUF
            ),
            "a map of this type cannot be used from an extension"
        );
        assert!(align_of::<V>() <= 8, "the kernel aligns values to 8 bytes");
        // What is in an event array are file descriptors; its events are only ever written.
        if MT != BPF_MAP_TYPE_PERF_EVENT_ARRAY {
            value::parts::<V>();
        }
        let value_size = if MT == BPF_MAP_TYPE_PERF_EVENT_ARRAY { 4 } else { size_of::<V>() };
        Self {
            map_type: MT,
            key_size: size_of::<K>() as u32,
            value_size: value_size as u32,
            max_entries: ms,
            flags: mf,
            map: UnsafeCell::new(core::ptr::null_mut()),
            types: PhantomData,
        }
    }

    /// The kernel's map, or `None` before it is bound.
    #[inline(always)]
    pub(crate) fn bound(&self) -> Option<*mut Map> {
        // SAFETY: nobody writes it any more; volatile, as the compiler must not take the initial null for granted.
        let map = unsafe { self.map.get().read_volatile() };
        if map.is_null() { None } else { Some(map) }
    }

    /// The value of `key` in place. Other CPUs may change it at any time. `None` also if what is there, put by
    /// user space, is no `V`: no variant of its enums, say.
    #[allow(clippy::mut_from_ref)] // the value is in the map, not in the key
    #[inline(always)]
    pub(crate) fn lookup<'a>(&'static self, key: &'a K) -> Option<&'a mut V> {
        let map = self.bound()?;
        let key = address(key);
        // SAFETY: the kernel has compared the map's type, key size and value size with this record, and values stay
        // allocated until the program has ended (RCU). What is there is a `V`, or was when looked at: what others
        // write later may be none where `V` has a `bool`, `char` or enum, which no code takes for granted (the pass
        // `rex-values`).
        unsafe {
            let value = match MT {
                BPF_MAP_TYPE_ARRAY => element(map.cast(), key.cast()),
                BPF_MAP_TYPE_HASH => {
                    let element = call_kernel(|| kernel::rex_htab_lookup_elem(map, key));
                    if element.is_null() {
                        return None;
                    }
                    element.byte_add(HTAB_KEY + size_of::<K>().next_multiple_of(8))
                }
                _ => call_kernel(|| kernel::bpf_map_lookup_elem(map, key)),
            }
            .cast::<V>();
            (!value.is_null() && value::is_value(value)).then(|| &mut *value)
        }
    }

    #[inline(always)]
    pub(crate) fn store(&'static self, key: &K, value: &V, flags: u64) -> Result {
        let map = self.bound().ok_or(UNBOUND)?;
        // SAFETY: as in `lookup`.
        let code = call_kernel(|| unsafe { kernel::bpf_map_update_elem(map, address(key), address(value), flags) });
        crate::to_result!(code)
    }

    #[inline(always)]
    pub(crate) fn remove(&'static self, key: &K) -> Result {
        let map = self.bound().ok_or(UNBOUND)?;
        // SAFETY: as in `lookup`.
        let code = call_kernel(|| unsafe { kernel::bpf_map_delete_elem(map, address(key)) });
        crate::to_result!(code)
    }

    pub(crate) fn push_with(&'static self, value: &V, flags: u64) -> Result {
        let map = self.bound().ok_or(UNBOUND)?;
        // SAFETY: as in `lookup`; maps of other kinds refuse.
        let code = call_kernel(|| unsafe { kernel::bpf_map_push_elem(map, address(value), flags) });
        crate::to_result!(code)
    }

    pub(crate) fn take(&'static self) -> Option<V> {
        let map = self.bound()?;
        let mut value = room::<V>();
        // SAFETY: on success the kernel has written a whole value.
        unsafe { read(call_kernel(|| kernel::bpf_map_pop_elem(map, value.as_mut_ptr().cast())), &value) }
    }

    pub(crate) fn look(&'static self) -> Option<V> {
        let map = self.bound()?;
        let mut value = room::<V>();
        // SAFETY: on success the kernel has written a whole value.
        unsafe { read(call_kernel(|| kernel::bpf_map_peek_elem(map, value.as_mut_ptr().cast())), &value) }
    }
}

/// What the kernel has written, if it has and it is a value.
///
/// # Safety
///
/// The kernel has written a whole value if `code` is 0.
#[inline(always)]
unsafe fn read<V: Copy>(code: i64, value: &MaybeUninit<V>) -> Option<V> {
    // SAFETY: the caller says so.
    unsafe { (code == 0 && value::is_value(value.as_ptr())).then(|| value.assume_init()) }
}

/// Room for what the kernel will write. The compiler may make it by pushing whatever a register holds, which was the caller's; should
/// the kernel then not write, nobody may read that.
const fn room<V>() -> MaybeUninit<V> {
    if size_of::<V>() <= size_of::<usize>() { MaybeUninit::zeroed() } else { MaybeUninit::uninit() }
}

/// An element of an array, or null: what `array_map_lookup_elem()` of the kernel does, without a call, as eBPF has it.
///
/// # Safety
///
/// `array` is a bound map of type `BPF_MAP_TYPE_ARRAY`, and `index` points to four bytes.
#[inline(always)]
unsafe fn element(array: *mut bpf_array, index: *const u32) -> *mut c_void {
    // SAFETY: what is read of an array does not change while it exists.
    unsafe {
        let index = index.read_unaligned();
        if index >= (*array).map.max_entries {
            return null_mut();
        }
        // A mispredicted branch stays within the array.
        let offset = u64::from((*array).elem_size) * u64::from(index & (*array).index_mask);
        addr_of_mut!((*array).__bindgen_anon_1).cast::<u8>().add(offset as usize).cast()
    }
}

macro_rules! table {
    ($map:ident) => {
        impl<K, V: Copy + NoRef> $map<K, V> {
            /// Sets the value of `key`, whether or not it has one. A full [`RexHashMap`] is `Err(-E2BIG)`.
            pub fn insert(&'static self, key: &K, value: &V) -> Result {
                self.store(key, value, ANY)
            }

            /// Sets the value of a new key. A key that has one is `Err(-EEXIST)`.
            pub fn insert_new(&'static self, key: &K, value: &V) -> Result {
                self.store(key, value, NOEXIST)
            }

            /// Changes the value of a key. A key that has none is `Err(-ENOENT)`.
            pub fn update(&'static self, key: &K, value: &V) -> Result {
                self.store(key, value, EXIST)
            }

            /// The value of `key`, in place; `None` if there is none, or no `V` (user space may have put anything there).
            pub fn get_mut<'a>(&'static self, key: &'a K) -> Option<&'a mut V> {
                self.lookup(key)
            }

            /// Removes `key`. A key that has no value is `Err(-ENOENT)`.
            pub fn delete(&'static self, key: &K) -> Result {
                self.remove(key)
            }
        }
    };
}
table!(RexHashMap);
table!(RexLruHashMap);

impl<V: Copy + NoRef> RexArrayMap<V> {
    /// Sets an element. An index out of range is `Err(-E2BIG)`.
    pub fn insert(&'static self, key: &u32, value: &V) -> Result {
        self.store(key, value, ANY)
    }

    /// An element, in place; `None` if the index is out of range, or the element no `V`.
    pub fn get_mut<'a>(&'static self, key: &'a u32) -> Option<&'a mut V> {
        self.lookup(key)
    }

    /// Always `Err(-EINVAL)`: the elements of an array cannot be removed.
    pub fn delete(&'static self, key: &u32) -> Result {
        self.remove(key)
    }
}

macro_rules! container {
    ($map:ident) => {
        impl<V: Copy + NoRef> $map<V> {
            /// Adds an element. A full map is `Err(-E2BIG)`.
            pub fn push(&'static self, value: &V) -> Result {
                self.push_with(value, ANY)
            }

            /// Adds an element; a full map loses its oldest one.
            pub fn force_push(&'static self, value: &V) -> Result {
                self.push_with(value, EXIST)
            }

            /// Removes the next element; `None` if there is none, or it is no `V`.
            pub fn pop(&'static self) -> Option<V> {
                self.take()
            }

            /// The next element, which stays; `None` if there is none, or it is no `V`.
            pub fn peek(&'static self) -> Option<V> {
                self.look()
            }
        }
    };
}
container!(RexStack);
container!(RexQueue);

impl<V: Copy + NoRef> RexPerfEventArray<V> {
    /// Sends `data` to user space from a program with context `ctx`.
    pub fn output<P: PerfEventStreamer>(
        &'static self,
        program: &P,
        ctx: &P::Context,
        data: &V,
        cpu: PerfEventMaskedCPU,
    ) -> Result {
        program.output_event(ctx, self, data, cpu)
    }
}

impl RexRingBuf {
    /// Space for `size` bytes; `None` if there is no room.
    pub fn reserve<'a>(&'static self, size: usize) -> Option<RexRingBufEntry<'a>> {
        // SAFETY: the map's type is in the handle's.
        unsafe { RexRingBufEntry::reserve(self.bound()?, size) }
    }

    /// Copies `data` into the buffer; `flags` is 0, `BPF_RB_NO_WAKEUP` or `BPF_RB_FORCE_WAKEUP`. A
    /// full buffer is `Err(-EAGAIN)`.
    pub fn output(&'static self, data: &[u8], flags: u64) -> Result {
        let map = self.bound().ok_or(UNBOUND)?;
        // SAFETY: as in `reserve`; the kernel reads `data` only.
        let code =
            call_kernel(|| unsafe { kernel::bpf_ringbuf_output(map, data.as_ptr().cast(), data.len() as u64, flags) });
        crate::to_result!(code)
    }

    /// Bytes that user space has not read.
    pub fn available_bytes(&'static self) -> Option<u64> {
        self.query(BPF_RB_AVAIL_DATA)
    }

    /// Size of the buffer in bytes.
    pub fn size(&'static self) -> Option<u64> {
        self.query(BPF_RB_RING_SIZE)
    }

    /// Where user space reads next; wraps.
    pub fn consumer_position(&'static self) -> Option<u64> {
        self.query(BPF_RB_CONS_POS)
    }

    /// Where the next entry goes; wraps.
    pub fn producer_position(&'static self) -> Option<u64> {
        self.query(BPF_RB_PROD_POS)
    }

    fn query(&'static self, what: u32) -> Option<u64> {
        let map = self.bound()?;
        // SAFETY: as in `reserve`.
        Some(call_kernel(|| unsafe { kernel::bpf_ringbuf_query(map, what.into()) }))
    }
}

/// Where the kernel finds a key or a value. A reference to nothing, such as `&()`, is no address of anything: then it is that of a byte.
fn address<T>(of: &T) -> *const c_void {
    static NOTHING: u8 = 0;
    if size_of::<T>() == 0 { from_ref(&NOTHING).cast() } else { from_ref(of).cast() }
}
