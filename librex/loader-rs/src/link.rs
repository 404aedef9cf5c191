// SPDX-License-Identifier: GPL-2.0

use std::ffi::{c_int, c_uint};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::path::Path;
use std::ptr::{NonNull, null};
use std::time::Duration;
use std::{fmt, io, mem};

use crate::{Error, Result, c_path, c_string, sys, text};

/// A program of an extension.
#[derive(Clone, Copy)]
pub struct Program {
    prog: NonNull<sys::bpf_program>,
}

/// Where packets of a device are seen (`BPF_TCX_INGRESS`, `BPF_TCX_EGRESS`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Direction {
    /// As they come in.
    Ingress = 46,
    /// As they leave.
    Egress = 47,
}

/// `BPF_XDP`.
const XDP: c_uint = 37;

impl Program {
    pub(crate) fn new(prog: NonNull<sys::bpf_program>) -> Self {
        Self { prog }
    }

    /// Its name: that of the function.
    pub fn name(&self) -> &'static str {
        // SAFETY: a program of an object that was loaded and is never closed; its name lives as long.
        unsafe { text(sys::bpf_program__name(self.prog.as_ptr())) }
    }

    /// Attaches it where its section says.
    pub fn attach(&self) -> Result<Link> {
        // SAFETY: as in `name`, which holds for all that follows.
        self.link(unsafe { sys::bpf_program__attach(self.prog.as_ptr()) })
    }

    /// Attaches it to the start of a function of the kernel's.
    pub fn attach_kprobe(&self, function: &str) -> Result<Link> {
        let function = c_string(function)?;
        // SAFETY: and a C string.
        self.link(unsafe { sys::bpf_program__attach_kprobe(self.prog.as_ptr(), false, function.as_ptr()) })
    }

    /// Attaches it to an event, such as [`cpu_clock`].
    pub fn attach_perf_event(&self, event: OwnedFd) -> Result<Link> {
        // SAFETY: and a descriptor, which is the link's if it succeeds.
        let link = self.link(unsafe { sys::bpf_program__attach_perf_event(self.prog.as_ptr(), event.as_raw_fd()) })?;
        mem::forget(event);
        Ok(link)
    }

    /// Attaches it to what a network device receives (XDP): in its driver, if that can, else behind it.
    pub fn attach_xdp(&self, device: &str) -> Result<Link> {
        self.attach_to_device(device, XDP)
    }

    /// Attaches it to a network device's traffic control.
    pub fn attach_tc(&self, device: &str, direction: Direction) -> Result<Link> {
        self.attach_to_device(device, direction as c_uint)
    }

    fn attach_to_device(&self, device: &str, kind: c_uint) -> Result<Link> {
        let name = c_string(device)?;
        // SAFETY: a C string.
        let index = unsafe { sys::if_nametoindex(name.as_ptr()) };
        if index == 0 {
            return Err(Error::last(format_args!("attach {} to device {device}", self.name())));
        }
        // SAFETY: no options.
        let fd = unsafe { sys::bpf_link_create(self.as_fd().as_raw_fd(), index as c_int, kind, null()) };
        if fd < 0 {
            return Err(Error::code(format_args!("attach {} to device {device}", self.name()), fd));
        }
        // SAFETY: a new descriptor, which nobody else knows.
        Ok(Link(Kind::Fd(unsafe { OwnedFd::from_raw_fd(fd) })))
    }

    fn link(&self, link: *mut sys::bpf_link) -> Result<Link> {
        let link = NonNull::new(link).ok_or_else(|| Error::last(format_args!("attach {}", self.name())))?;
        Ok(Link(Kind::Libbpf(link)))
    }

    /// Lets it stay as a file below `/sys/fs/bpf`, until that is removed.
    pub fn pin(&self, path: impl AsRef<Path>) -> Result<()> {
        pin(self.as_fd(), path.as_ref())
    }
}

impl AsFd for Program {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: it is open until the process ends.
        unsafe { BorrowedFd::borrow_raw(sys::bpf_program__fd(self.prog.as_ptr())) }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Program").field(&self.name()).finish()
    }
}

/// A program that is attached, for as long as this lives.
#[must_use = "a link that is dropped detaches its program"]
#[derive(Debug)]
pub struct Link(Kind);

#[derive(Debug)]
enum Kind {
    Libbpf(NonNull<sys::bpf_link>),
    Fd(OwnedFd),
}

impl Link {
    /// Lets the program stay attached as a file below `/sys/fs/bpf`, until that is removed.
    pub fn pin(self, path: impl AsRef<Path>) -> Result<()> {
        pin(self.as_fd(), path.as_ref())?;
        // Its event would be switched off.
        mem::forget(self);
        Ok(())
    }
}

impl AsFd for Link {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.0 {
            // SAFETY: a link that was not destroyed, whose descriptor is open as long.
            Kind::Libbpf(link) => unsafe { BorrowedFd::borrow_raw(sys::bpf_link__fd(link.as_ptr())) },
            Kind::Fd(fd) => fd.as_fd(),
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if let Kind::Libbpf(link) = self.0 {
            // SAFETY: made by libbpf for us, and not used any more.
            unsafe { sys::bpf_link__destroy(link.as_ptr()) };
        }
    }
}

pub(crate) fn pin(fd: BorrowedFd<'_>, path: &Path) -> Result<()> {
    let name = c_path(path)?;
    // SAFETY: a descriptor that is open, and a C string.
    match unsafe { sys::bpf_obj_pin(fd.as_raw_fd(), name.as_ptr()) } {
        0 => Ok(()),
        code => Err(Error::code(format_args!("pin {}", path.display()), code)),
    }
}

/// An event that comes each time a CPU has worked for `period`, whatever it works on.
pub fn cpu_clock(cpu: u32, period: Duration) -> Result<OwnedFd> {
    const SOFTWARE: u32 = 1;
    const CLOEXEC: u64 = 8;
    let period = u64::try_from(period.as_nanos()).unwrap_or(u64::MAX);
    let attr = sys::PerfEventAttr {
        kind: SOFTWARE,
        size: size_of::<sys::PerfEventAttr>() as u32,
        sample_period: period,
        ..Default::default()
    };
    let (every_process, no_group): (c_int, c_int) = (-1, -1);
    // SAFETY: perf_event_open(2) reads as many bytes as the record says.
    let fd = unsafe {
        sys::syscall(sys::SYS_PERF_EVENT_OPEN, &raw const attr, every_process, cpu as c_int, no_group, CLOEXEC)
    };
    if fd < 0 {
        let why = io::Error::last_os_error();
        return Err(Error::new(format!("clock of CPU {cpu}: {why}"), why));
    }
    // SAFETY: a new descriptor, which nobody else knows.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as c_int) })
}
