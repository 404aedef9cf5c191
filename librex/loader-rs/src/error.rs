// SPDX-License-Identifier: GPL-2.0

use std::cell::RefCell;
use std::ffi::{CStr, c_char, c_int};
use std::{fmt, io};

use crate::sys;

/// What could not be done, and why.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What could not be done, in librex's words where it has some, and why. [`io::Error`] has the kind and the number.
pub struct Error {
    what: String,
    why: io::Error,
}

impl Error {
    pub(crate) fn new(what: String, why: io::Error) -> Self {
        Self { what, why }
    }

    /// From `errno`, and what librex has said in this thread since [`collect`], if it has.
    pub(crate) fn last(what: impl fmt::Display) -> Self {
        let why = io::Error::last_os_error();
        let said = SAID.take();
        Self { what: if said.is_empty() { format!("{what}: {why}") } else { said }, why }
    }

    /// From the negative of an `errno`.
    pub(crate) fn code(what: impl fmt::Display, code: c_int) -> Self {
        let why = io::Error::from_raw_os_error(-code);
        Self { what: format!("{what}: {why}"), why }
    }

    pub(crate) fn invalid(what: String) -> Self {
        Self { why: io::Error::new(io::ErrorKind::InvalidData, what.clone()), what }
    }

    pub(crate) fn unknown(kind: &str, name: &str, there: impl Iterator<Item = String>) -> Self {
        let there: Vec<_> = there.collect();
        let list =
            if there.is_empty() { "there is none".to_owned() } else { format!("there are: {}", there.join(", ")) };
        let what = format!("the extension has no {kind} {name:?}; {list}");
        Self { why: io::Error::new(io::ErrorKind::NotFound, what.clone()), what }
    }

    /// What kind of error it is.
    pub fn kind(&self) -> io::ErrorKind {
        self.why.kind()
    }

    /// The system's number of it (`errno`), if it is the system's.
    pub fn raw_os_error(&self) -> Option<i32> {
        self.why.raw_os_error()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "librex: {}", self.what)
    }
}

/// As text: what `main` returns is shown so.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.why)
    }
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.kind(), error)
    }
}

thread_local! {
    static SAID: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Has librex give its reasons to us, from now on.
pub(crate) fn collect() {
    SAID.take();
    // SAFETY: a function that may be called from any thread, at any time.
    unsafe { sys::rex_set_print(Some(said)) }
}

extern "C" fn said(reason: *const c_char) {
    // SAFETY: a C string, as `librex.h` says.
    let reason = unsafe { CStr::from_ptr(reason) }.to_string_lossy();
    SAID.with_borrow_mut(|text| {
        if !text.is_empty() {
            text.push_str("; ");
        }
        text.push_str(&reason);
    });
}
