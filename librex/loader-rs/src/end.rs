// SPDX-License-Identifier: GPL-2.0

use std::ffi::c_int;
use std::io::{self, Write};
use std::mem::MaybeUninit;
use std::ptr::null_mut;
use std::time::{Duration, Instant};

use crate::{Error, Result, sys};

/// Says `ready` on stdout and waits until the program is told to end.
pub fn wait(ready: &str) -> Result<()> {
    let end = End::new()?;
    let said = writeln!(io::stdout(), "{ready}").and_then(|()| io::stdout().flush());
    said.map_err(|why| Error::new(format!("say that it is ready: {why}"), why))?;
    while !end.within(Duration::from_secs(3600)) {}
    Ok(())
}

/// Whether the program is told to end: `SIGINT` and `SIGTERM`, which, from when this is made, end nothing by themselves in this thread, nor in those
/// that it starts.
pub struct End(sys::SigSet);

impl End {
    /// Takes the signals.
    pub fn new() -> Result<Self> {
        let mut set = MaybeUninit::<sys::SigSet>::zeroed();
        // SAFETY: a set, which is filled before it is used.
        let (set, code) = unsafe {
            sys::sigemptyset(set.as_mut_ptr());
            sys::sigaddset(set.as_mut_ptr(), sys::SIGINT);
            sys::sigaddset(set.as_mut_ptr(), sys::SIGTERM);
            let set = set.assume_init();
            let code = sys::pthread_sigmask(sys::SIG_BLOCK, &raw const set, null_mut());
            (set, code)
        };
        if code == 0 { Ok(Self(set)) } else { Err(Error::code("block SIGINT and SIGTERM", -code)) }
    }

    /// Waits for it, for up to `time`.
    pub fn within(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let left = sys::TimeSpec { tv_sec: left.as_secs() as i64, tv_nsec: left.subsec_nanos().into() };
            // SAFETY: a set and a time; what comes with the signal is not asked for.
            let signal: c_int = unsafe { sys::sigtimedwait(&raw const self.0, null_mut(), &raw const left) };
            // Another signal may have interrupted it.
            if signal > 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
                return signal > 0;
            }
        }
    }
}
