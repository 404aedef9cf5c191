// SPDX-License-Identifier: GPL-2.0

//! Loads Rex extensions, attaches their programs, and reads and writes their maps, in types that are the extension's.
//!
//! What is loaded belongs to the library until the process ends, when the kernel closes it: nothing here has to be kept alive for an extension to
//! stay, but for a [`Link`].

// To ask of a type which bits are a value, as the runtime of extensions does.
#![feature(const_heap, core_intrinsics, type_info)]
#![allow(internal_features)]

mod end;
mod error;
mod link;
mod map;
mod ring;
#[allow(missing_docs, non_camel_case_types)]
mod sys;
#[allow(dead_code)] // some of it is for memory that extensions share with the kernel
#[path = "../../rex/src/value.rs"]
mod value;

use std::ffi::{CStr, CString};
use std::path::Path;
use std::ptr::{NonNull, null, null_mut};

pub use end::{End, wait};
pub use error::{Error, Result};
pub use link::{Direction, Link, Program, cpu_clock};
pub use map::{Map, PerCpuMap};
pub use ring::RingBuffer;

/// An extension in the kernel: its maps, its image and its programs. It may be copied; all copies are the same.
#[derive(Clone, Copy)]
pub struct Extension {
    obj: NonNull<sys::rex_obj>,
    bpf: NonNull<sys::bpf_object>,
}

impl Extension {
    /// Loads the extension at `path`, and attaches nothing. Each call makes maps and programs of their own. A file for eBPF is loaded as libbpf does it.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = c_path(path.as_ref())?;
        // SAFETY: a C string that outlives the call.
        Self::loaded(|| unsafe { sys::rex_obj_load(path.as_ptr()) })
    }

    /// The same for the bytes of an extension's file; `name` is what tools show.
    pub fn load_bytes(name: &str, file: &[u8]) -> Result<Self> {
        let name = c_string(name)?;
        // SAFETY: as many bytes as are said, and a C string; both outlive the call, which keeps neither.
        Self::loaded(|| unsafe { sys::rex_obj_load_mem(file.as_ptr().cast(), file.len(), name.as_ptr()) })
    }

    fn loaded(load: impl FnOnce() -> *mut sys::rex_obj) -> Result<Self> {
        error::collect();
        let obj = NonNull::new(load()).ok_or_else(|| Error::last("load"))?;
        // SAFETY: it was loaded, and is never freed.
        let bpf = NonNull::new(unsafe { sys::rex_obj_get_bpf(obj.as_ptr()) }).ok_or_else(|| Error::last("load"))?;
        Ok(Self { obj, bpf })
    }

    /// Attaches, until the process ends, every program whose section says where: tracepoints, and probes with a function. Says how many.
    pub fn attach(self) -> Result<usize> {
        error::collect();
        // SAFETY: an object that was loaded.
        let count = unsafe { sys::rex_obj_attach(self.obj.as_ptr()) };
        usize::try_from(count).map_err(|_| Error::last("attach"))
    }

    /// The program of a name.
    pub fn program(self, name: &str) -> Result<Program> {
        let c_name = c_string(name)?;
        // SAFETY: an object that was loaded, and a C string.
        let found = unsafe { sys::bpf_object__find_program_by_name(self.bpf.as_ptr(), c_name.as_ptr()) };
        NonNull::new(found)
            .map(Program::new)
            .ok_or_else(|| Error::unknown("program", name, self.programs().map(|p| p.name().to_owned())))
    }

    /// All programs.
    pub fn programs(self) -> impl Iterator<Item = Program> {
        // SAFETY: an object that was loaded, and null or a program of it.
        let next = move |prog| NonNull::new(unsafe { sys::bpf_object__next_program(self.bpf.as_ptr(), prog) });
        std::iter::successors(next(null_mut()), move |prog| next(prog.as_ptr())).map(Program::new)
    }

    /// The map of a name, whose keys and values are, as the extension says, `K` and `V`. Where it has none (stacks, queues), `K` is `()`.
    ///
    /// Types of which nobody could tell whether bits are a value, such as references, are refused when the program is compiled, and so are keys
    /// with bytes between their fields, which would be a part of the key.
    pub fn map<K: Copy, V: Copy>(self, name: &str) -> Result<Map<K, V>> {
        Map::new(name, self.find_map(name)?)
    }

    /// The map of a name that has a value for each CPU.
    pub fn per_cpu_map<K: Copy, V: Copy>(self, name: &str) -> Result<PerCpuMap<K, V>> {
        PerCpuMap::new(name, self.find_map(name)?)
    }

    /// The ring buffer of a name: `each` gets what [`RingBuffer::poll`] finds there, in order. [`value()`] makes it a type of the extension.
    pub fn ring<'a>(self, name: &str, each: impl FnMut(&[u8]) + 'a) -> Result<RingBuffer<'a>> {
        RingBuffer::new(name, self.find_map(name)?, Box::new(each))
    }

    fn find_map(self, name: &str) -> Result<map::Handle> {
        let c_name = c_string(name)?;
        // SAFETY: an object that was loaded, and a C string.
        let found = unsafe { sys::bpf_object__find_map_by_name(self.bpf.as_ptr(), c_name.as_ptr()) };
        NonNull::new(found).map(map::Handle::new).ok_or_else(|| Error::unknown("map", name, self.maps()))
    }

    /// The names of all maps.
    pub fn maps(self) -> impl Iterator<Item = String> {
        // SAFETY: an object that was loaded, and null or a map of it.
        let next = move |map| NonNull::new(unsafe { sys::bpf_object__next_map(self.bpf.as_ptr(), map) });
        // SAFETY: a map's name lives as long as the map.
        std::iter::successors(next(null_mut()), move |map| next(map.as_ptr()))
            .map(|map| unsafe { text(sys::bpf_map__name(map.as_ptr())) }.to_owned())
    }
}

/// The value that bytes are: an event of a ring buffer, say. `None` if there are more or fewer than a `T` has, or if they are no `T`.
pub fn value<T: Copy>(bytes: &[u8]) -> Option<T> {
    let at: *const T = bytes.as_ptr().cast();
    // SAFETY: there are as many bytes as a `T` has, of any alignment, and they are one. What a `T` may be is decided when this is compiled.
    unsafe { (bytes.len() == size_of::<T>() && value::is_value(at)).then(|| at.read_unaligned()) }
}

/// Text of libbpf's, whose names of programs and maps come from an object's symbols.
///
/// # Safety
///
/// `text` is a C string that lives as long as is asked for.
unsafe fn text<'a>(text: *const std::ffi::c_char) -> &'a str {
    // SAFETY: the caller says so.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("?")
}

fn c_string(text: &str) -> Result<CString> {
    CString::new(text).map_err(|error| Error::new(format!("{text:?}: {error}"), error.into()))
}

fn c_path(path: &Path) -> Result<CString> {
    use std::os::unix::ffi::OsStrExt;
    CString::new(path.as_os_str().as_bytes())
        .map_err(|error| Error::new(format!("{}: {error}", path.display()), error.into()))
}

/// For the kernel, which wants null where a type has no bytes.
fn address<T>(of: &T) -> *const std::ffi::c_void {
    if size_of::<T>() == 0 { null() } else { std::ptr::from_ref(of).cast() }
}
