// SPDX-License-Identifier: GPL-2.0

//! Maps: data that programs share with each other and with user space.

use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::{size_of, MaybeUninit};
use core::ptr::from_ref;

use crate::kernel::{self, Map};
use crate::run::guarded;
use crate::utils::{NoRef, Result, UNBOUND};

// enum bpf_map_type and the update flags of linux/bpf.h.
const HASH: u32 = 1;
const ARRAY: u32 = 2;
const PERF_EVENT_ARRAY: u32 = 4;
const STACK_TRACE: u32 = 7;
const QUEUE: u32 = 22;
const STACK: u32 = 23;
const ANY: u64 = 0;
const NOEXIST: u64 = 1;
const EXIST: u64 = 2;

/// A map of kernel type `MT`, from keys `K` to values `V`: a record of section `.maps`, which the
/// loader reads and the kernel completes. Make one as a `static` with `#[rex_map]`.
#[repr(C)]
pub struct RexMapHandle<const MT: u32, K, V>
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
unsafe impl<const MT: u32, K, V: Copy + NoRef> Sync for RexMapHandle<MT, K, V> {}

const _: () = assert!(size_of::<RexMapHandle<1, u32, u32>>() == 32);

/// A hash table.
pub type RexHashMap<K, V> = RexMapHandle<HASH, K, V>;
/// An array, indexed by `u32`.
pub type RexArrayMap<V> = RexMapHandle<ARRAY, u32, V>;
/// A stack: last in, first out.
pub type RexStack<V> = RexMapHandle<STACK, (), V>;
/// A queue: first in, first out.
pub type RexQueue<V> = RexMapHandle<QUEUE, (), V>;

impl<const MT: u32, K, V: Copy + NoRef> RexMapHandle<MT, K, V> {
    /// A map of at most `ms` entries, made with the `BPF_F_*` flags `mf`.
    pub const fn new(ms: u32, mf: u32) -> Self {
        // The elements of an event array are file descriptors, whatever the events are.
        let value_size = if MT == PERF_EVENT_ARRAY { 4 } else { size_of::<V>() };
        let key_size = if MT == PERF_EVENT_ARRAY || MT == STACK_TRACE { 4 } else { size_of::<K>() };
        Self {
            map_type: MT,
            key_size: key_size as u32,
            value_size: value_size as u32,
            max_entries: ms,
            flags: mf,
            map: UnsafeCell::new(core::ptr::null_mut()),
            types: PhantomData,
        }
    }

    /// The kernel's map, or `None` before it is bound.
    #[inline(always)]
    fn bound(&self) -> Option<*mut Map> {
        // SAFETY: nobody writes it any more; volatile, as the compiler must not take the initial null for granted.
        let map = unsafe { self.map.get().read_volatile() };
        if map.is_null() {
            None
        } else {
            Some(map)
        }
    }

    /// The value of `key` in place. Other CPUs may change it at any time.
    #[inline(always)]
    pub(crate) fn lookup<'a>(&'static self, key: &'a K) -> Option<&'a mut V> {
        let map = self.bound()?;
        // SAFETY: the kernel has compared key and value sizes with this record; values stay
        // allocated until the program has ended (RCU).
        unsafe { guarded(|| kernel::bpf_map_lookup_elem(map, from_ref(key).cast())).cast::<V>().as_mut() }
    }

    #[inline(always)]
    pub(crate) fn store(&'static self, key: &K, value: &V, flags: u64) -> Result {
        let map = self.bound().ok_or(UNBOUND)?;
        // SAFETY: as in `lookup`.
        let code = guarded(|| unsafe { kernel::bpf_map_update_elem(map, from_ref(key).cast(), from_ref(value).cast(), flags) });
        crate::to_result!(code)
    }

    #[inline(always)]
    pub(crate) fn remove(&'static self, key: &K) -> Result {
        let map = self.bound().ok_or(UNBOUND)?;
        // SAFETY: as in `lookup`.
        let code = guarded(|| unsafe { kernel::bpf_map_delete_elem(map, from_ref(key).cast()) });
        crate::to_result!(code)
    }

    pub(crate) fn push_with(&'static self, value: &V, flags: u64) -> Result {
        let map = self.bound().ok_or(UNBOUND)?;
        // SAFETY: as in `lookup`; maps of other kinds refuse.
        let code = guarded(|| unsafe { kernel::bpf_map_push_elem(map, from_ref(value).cast(), flags) });
        crate::to_result!(code)
    }

    pub(crate) fn take(&'static self) -> Option<V> {
        let map = self.bound()?;
        let mut value = MaybeUninit::<V>::uninit();
        // SAFETY: on success the kernel has written a whole value.
        unsafe { (guarded(|| kernel::bpf_map_pop_elem(map, value.as_mut_ptr().cast())) == 0).then(|| value.assume_init()) }
    }

    pub(crate) fn look(&'static self) -> Option<V> {
        let map = self.bound()?;
        let mut value = MaybeUninit::<V>::uninit();
        // SAFETY: on success the kernel has written a whole value.
        unsafe { (guarded(|| kernel::bpf_map_peek_elem(map, value.as_mut_ptr().cast())) == 0).then(|| value.assume_init()) }
    }
}

impl<K, V: Copy + NoRef> RexHashMap<K, V> {
    /// Sets the value of `key`, whether or not it has one. A full table is `Err(-E2BIG)`.
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

    /// The value of `key`, in place.
    pub fn get_mut<'a>(&'static self, key: &'a K) -> Option<&'a mut V> {
        self.lookup(key)
    }

    /// Removes `key`. A key that has no value is `Err(-ENOENT)`.
    pub fn delete(&'static self, key: &K) -> Result {
        self.remove(key)
    }
}

impl<V: Copy + NoRef> RexArrayMap<V> {
    /// Sets an element. An index out of range is `Err(-E2BIG)`.
    pub fn insert(&'static self, key: &u32, value: &V) -> Result {
        self.store(key, value, ANY)
    }

    /// An element, in place; `None` if the index is out of range.
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

            /// Removes the next element; `None` if there is none.
            pub fn pop(&'static self) -> Option<V> {
                self.take()
            }

            /// The next element, which stays; `None` if there is none.
            pub fn peek(&'static self) -> Option<V> {
                self.look()
            }
        }
    };
}
container!(RexStack);
container!(RexQueue);
