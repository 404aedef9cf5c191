// SPDX-License-Identifier: GPL-2.0

use std::ffi::{c_int, c_uint};
use std::io::ErrorKind::NotFound;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::mem::type_info::{Type, TypeKind};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::Path;
use std::ptr::{NonNull, null};

use crate::{Error, Result, address, link, sys, value};

/// A map of an extension, whatever is in it.
#[derive(Clone, Copy)]
pub(crate) struct Handle {
    pub(crate) fd: BorrowedFd<'static>,
    kind: c_uint,
    key_size: usize,
    value_size: usize,
}

/// `BPF_MAP_TYPE_PERCPU_HASH`, `_PERCPU_ARRAY`, `_LRU_PERCPU_HASH`, and the one of ring buffers.
const PER_CPU: [c_uint; 3] = [5, 6, 10];
pub(crate) const RINGBUF: c_uint = 27;

impl Handle {
    pub(crate) fn new(map: NonNull<sys::bpf_map>) -> Self {
        let map = map.as_ptr();
        // SAFETY: a map of an object that was loaded: its descriptor is open until the process ends.
        unsafe {
            Self {
                fd: BorrowedFd::borrow_raw(sys::bpf_map__fd(map)),
                kind: sys::bpf_map__type(map),
                key_size: sys::bpf_map__key_size(map) as usize,
                value_size: sys::bpf_map__value_size(map) as usize,
            }
        }
    }

    pub(crate) fn is(&self, kind: c_uint) -> bool {
        self.kind == kind
    }

    fn check<K, V>(&self, name: &str, per_cpu: bool) -> Result<()> {
        const {
            assert_key::<K>();
            value::parts::<K>();
            value::parts::<V>();
        }
        let asked = (size_of::<K>(), size_of::<V>());
        let fault = match PER_CPU.contains(&self.kind) {
            _ if self.is(RINGBUF) => "is a ring buffer, which Extension::ring opens".to_owned(),
            true if !per_cpu => "has a value for each CPU, which Extension::per_cpu_map opens".to_owned(),
            false if per_cpu => "has one value for all CPUs, which Extension::map opens".to_owned(),
            _ if (self.key_size, self.value_size) == asked => return Ok(()),
            _ => {
                format!(
                    "has keys of {} bytes and values of {}; the types asked for have {} and {}",
                    self.key_size, self.value_size, asked.0, asked.1
                )
            }
        };
        Err(Error::invalid(format!("map {name} {fault}")))
    }
}

/// Refuses, when the program is compiled, keys with bytes that are no field's: the kernel compares them, too.
const fn assert_key<K>() {
    assert!(
        is_full(&Type::of::<K>()),
        "a key of a map has bytes between its fields, which the kernel would compare: make them a field"
    );
}

const fn is_full(ty: &Type) -> bool {
    match &ty.kind {
        TypeKind::Struct(it) => are_full(it.fields, ty.size),
        TypeKind::Tuple(it) => are_full(it.fields, ty.size),
        TypeKind::Array(it) => it.len == 0 || is_full(&it.element_ty.info()),
        TypeKind::Union(_) => false,
        _ => true, // `value` refuses the others
    }
}

const fn are_full(fields: &[std::mem::type_info::Field], size: Option<usize>) -> bool {
    let mut sum = 0;
    let mut i = 0;
    while i < fields.len() {
        let field = fields[i].ty.info();
        match field.size {
            Some(size) if is_full(&field) => sum += size,
            _ => return false,
        }
        i += 1;
    }
    matches!(size, Some(size) if size == sum)
}

/// A map with one value for each key. It may be used by several threads.
#[derive(Clone)]
pub struct Map<K, V> {
    name: String,
    handle: Handle,
    types: PhantomData<fn(K) -> V>,
}

// The names that the runtime of extensions has for the same.
const ANY: u64 = 0;
const NOEXIST: u64 = 1;
const EXIST: u64 = 2;

impl<K: Copy, V: Copy> Map<K, V> {
    pub(crate) fn new(name: &str, handle: Handle) -> Result<Self> {
        handle.check::<K, V>(name, false)?;
        Ok(Self { name: name.to_owned(), handle, types: PhantomData })
    }

    /// The value of `key`; `None` if it has none. What is no `V`, as other programs may have put it there, is an error.
    pub fn get(&self, key: &K) -> Result<Option<V>> {
        // SAFETY: the kernel reads a whole key.
        self.read("look up", |fd, value| unsafe { sys::bpf_map_lookup_elem(fd, address(key), value) })
    }

    /// Sets the value of `key`, whether or not it has one.
    pub fn insert(&self, key: &K, value: &V) -> Result<()> {
        self.store(key, value, ANY)
    }

    /// Sets the value of a new key. A key that has one is an error (`AlreadyExists`).
    pub fn insert_new(&self, key: &K, value: &V) -> Result<()> {
        self.store(key, value, NOEXIST)
    }

    /// Changes the value of a key. A key that has none is an error (`NotFound`).
    pub fn update(&self, key: &K, value: &V) -> Result<()> {
        self.store(key, value, EXIST)
    }

    /// Removes `key`. A key that has no value is an error (`NotFound`).
    pub fn delete(&self, key: &K) -> Result<()> {
        // SAFETY: the kernel reads a whole key.
        self.done("delete from", unsafe { sys::bpf_map_delete_elem(self.fd(), address(key)) })
    }

    /// All keys, in the kernel's order. Where programs add and remove some meanwhile, some may come twice or not at all.
    pub fn keys(&self) -> impl Iterator<Item = Result<K>> {
        let mut previous: Option<K> = None;
        let mut ended = false;
        std::iter::from_fn(move || {
            if ended {
                return None;
            }
            let after = previous.as_ref().map_or(null(), address);
            // SAFETY: a whole key, or null for the first.
            let next =
                self.read("next key of", |fd, key| unsafe { sys::bpf_map_get_next_key(fd, after, key) }).transpose();
            match next {
                Some(Ok(key)) => previous = Some(key),
                _ => ended = true,
            }
            next
        })
    }

    /// All keys with their values, as [`keys`](Self::keys) finds them, but for those that are gone by then.
    pub fn iter(&self) -> impl Iterator<Item = Result<(K, V)>> {
        self.keys().filter_map(|key| match key {
            Ok(key) => self.get(&key).map(|value| Some((key, value?))).transpose(),
            Err(error) => Some(Err(error)),
        })
    }

    /// Lets it stay as a file below `/sys/fs/bpf`, until that is removed.
    pub fn pin(&self, path: impl AsRef<Path>) -> Result<()> {
        link::pin(self.as_fd(), path.as_ref())
    }

    fn fd(&self) -> c_int {
        self.handle.fd.as_raw_fd()
    }

    fn store(&self, key: &K, value: &V, flags: u64) -> Result<()> {
        // SAFETY: the kernel reads a whole key and a whole value.
        self.done("update", unsafe { sys::bpf_map_update_elem(self.fd(), address(key), address(value), flags) })
    }

    fn done(&self, what: &str, code: c_int) -> Result<()> {
        if code == 0 { Ok(()) } else { Err(Error::code(format_args!("{what} map {}", self.name), code)) }
    }

    /// What the kernel writes, a value or a key, unless there is none.
    fn read<T>(&self, what: &str, read: impl FnOnce(c_int, *mut std::ffi::c_void) -> c_int) -> Result<Option<T>> {
        let mut room = MaybeUninit::<T>::zeroed();
        match self.done(what, read(self.fd(), room.as_mut_ptr().cast())) {
            Err(error) if error.kind() == NotFound => return Ok(None),
            result => result?,
        }
        // SAFETY: the kernel has written as many bytes as a `T` has, and nobody writes there any more.
        match unsafe { value::is_value(room.as_ptr()) } {
            // SAFETY: they are one.
            true => Ok(Some(unsafe { room.assume_init() })),
            false => Err(Error::invalid(format!(
                "{what} map {}: what is there is no {}",
                self.name,
                std::any::type_name::<T>()
            ))),
        }
    }
}

/// Stacks and queues.
impl<V: Copy> Map<(), V> {
    /// Adds an element. A full map is an error.
    pub fn push(&self, value: &V) -> Result<()> {
        self.store(&(), value, ANY)
    }

    /// Adds an element; a full map loses its oldest one.
    pub fn force_push(&self, value: &V) -> Result<()> {
        self.store(&(), value, EXIST)
    }

    /// Removes the next element; `None` if there is none.
    pub fn pop(&self) -> Result<Option<V>> {
        // SAFETY: there is no key.
        self.read("pop from", |fd, value| unsafe { sys::bpf_map_lookup_and_delete_elem(fd, null(), value) })
    }

    /// The next element, which stays; `None` if there is none.
    pub fn peek(&self) -> Result<Option<V>> {
        self.get(&())
    }
}

impl<K, V> AsFd for Map<K, V> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.fd
    }
}

/// A map with a value for each key and CPU.
#[derive(Clone)]
pub struct PerCpuMap<K, V> {
    name: String,
    handle: Handle,
    cpus: usize,
    types: PhantomData<fn(K) -> V>,
}

impl<K: Copy, V: Copy> PerCpuMap<K, V> {
    /// The kernel's distance of two CPUs' values.
    const STRIDE: usize = size_of::<V>().next_multiple_of(8);

    pub(crate) fn new(name: &str, handle: Handle) -> Result<Self> {
        handle.check::<K, V>(name, true)?;
        // SAFETY: it reads a file of the kernel's.
        let cpus = unsafe { sys::libbpf_num_possible_cpus() };
        let cpus = usize::try_from(cpus).map_err(|_| Error::code("number of CPUs", cpus))?;
        Ok(Self { name: name.to_owned(), handle, cpus, types: PhantomData })
    }

    /// The values of `key`, by CPU; `None` if it has none. What is no `V` is an error.
    pub fn get(&self, key: &K) -> Result<Option<Vec<V>>> {
        let mut room = vec![0u8; Self::STRIDE * self.cpus];
        // SAFETY: the kernel reads a whole key, and writes that many values at that distance.
        let code =
            unsafe { sys::bpf_map_lookup_elem(self.handle.fd.as_raw_fd(), address(key), room.as_mut_ptr().cast()) };
        if code < 0 {
            let error = Error::code(format_args!("look up map {}", self.name), code);
            return if error.kind() == NotFound { Ok(None) } else { Err(error) };
        }
        let values = room.chunks_exact(Self::STRIDE).map(|bytes| crate::value(&bytes[..size_of::<V>()]));
        let all: Option<Vec<V>> = values.collect();
        all.map(Some).ok_or_else(|| {
            Error::invalid(format!("look up map {}: what is there is no {}", self.name, std::any::type_name::<V>()))
        })
    }
}

impl<K, V> AsFd for PerCpuMap<K, V> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.handle.fd
    }
}
