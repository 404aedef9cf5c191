// SPDX-License-Identifier: GPL-2.0

use std::ffi::{c_int, c_void};
use std::os::fd::AsRawFd;
use std::ptr::NonNull;
use std::time::Duration;

use crate::map::{Handle, RINGBUF};
use crate::{Error, Result, sys};

type Each<'a> = Box<dyn FnMut(&[u8]) + 'a>;

/// The reading end of a ring buffer.
pub struct RingBuffer<'a> {
    name: String,
    ring: NonNull<sys::ring_buffer>,
    each: NonNull<Each<'a>>, // from a Box; libbpf has it, too
}

impl<'a> RingBuffer<'a> {
    pub(crate) fn new(name: &str, map: Handle, each: Each<'a>) -> Result<Self> {
        if !map.is(RINGBUF) {
            return Err(Error::invalid(format!("map {name} is no ring buffer; Extension::map opens others")));
        }
        let each = NonNull::from(Box::leak(Box::new(each)));
        // SAFETY: a map's descriptor, a function that takes what is given for it, and no options.
        let ring = NonNull::new(unsafe {
            sys::ring_buffer__new(map.fd.as_raw_fd(), sample, each.as_ptr().cast(), std::ptr::null())
        });
        match ring {
            Some(ring) => Ok(Self { name: name.to_owned(), ring, each }),
            None => {
                let error = Error::last(format_args!("open ring buffer {name}"));
                // SAFETY: from a Box, and given to nobody.
                drop(unsafe { Box::from_raw(each.as_ptr()) });
                Err(error)
            }
        }
    }

    /// Waits until something is there, for up to `timeout`, and gives all of it to the function. Says how many there were.
    pub fn poll(&mut self, timeout: Duration) -> Result<usize> {
        let timeout = c_int::try_from(timeout.as_millis()).unwrap_or(c_int::MAX);
        // SAFETY: it was opened, and nobody else polls it meanwhile.
        let count = unsafe { sys::ring_buffer__poll(self.ring.as_ptr(), timeout) };
        usize::try_from(count).map_err(|_| Error::code(format_args!("poll ring buffer {}", self.name), count))
    }
}

impl Drop for RingBuffer<'_> {
    fn drop(&mut self) {
        // SAFETY: it was opened and is not used any more; then, nor is the function, which is from a Box.
        unsafe {
            sys::ring_buffer__free(self.ring.as_ptr());
            drop(Box::from_raw(self.each.as_ptr()));
        }
    }
}

/// # Safety
///
/// `each` is the function of a ring buffer that is being polled, and there are `size` bytes of `data`.
unsafe extern "C" fn sample(each: *mut c_void, data: *mut c_void, size: usize) -> c_int {
    // SAFETY: the caller says so. A program cannot change what it has submitted.
    let (each, data) = unsafe { (&mut *each.cast::<Each<'_>>(), std::slice::from_raw_parts(data.cast::<u8>(), size)) };
    each(data);
    0
}
