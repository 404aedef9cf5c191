// SPDX-License-Identifier: GPL-2.0

//! Tasks of the kernel.

use core::ffi::{CStr, FromBytesUntilNulError};
use core::ops::Deref;

use crate::kernel::{self, bindings};
use crate::pt_regs::PtRegs;
use crate::run::{Registration, guarded};

/// Size of a task's kernel stack: `THREAD_SIZE` (`arch/x86/include/asm/page_64_types.h`), which KASAN doubles.
const THREAD_SIZE: usize = if cfg!(kasan) { 32 << 10 } else { 16 << 10 };

/// A task, borrowed for the run of the program.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_printk, rex_tracepoint};
/// #
/// # #[rex_tracepoint]
/// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
/// let Some(task) = obj.bpf_get_current_task() else {
///     return Ok(0);
/// };
/// let name = task.get_comm().ok().and_then(|name| name.to_str().ok()).unwrap_or("?");
/// let caller = task.get_pt_regs(); // its registers in user mode
/// rex_printk!("{name} ({}) calls from {:#x}", task.get_pid(), caller.rip())
/// # }
/// ```
pub struct TaskStruct(*const bindings::task_struct);

impl TaskStruct {
    /// # Safety
    ///
    /// `task` must point to a task that lives as long as this does.
    pub(crate) unsafe fn new(task: *const bindings::task_struct) -> Self {
        Self(task)
    }

    fn task(&self) -> &bindings::task_struct {
        // SAFETY: `new` asks for that. Other CPUs may change fields, which are plain integers.
        unsafe { &*self.0 }
    }

    /// Thread id.
    pub fn get_pid(&self) -> i32 {
        self.task().pid
    }

    /// Thread group id: what user space calls the process id.
    pub fn get_tgid(&self) -> i32 {
        self.task().tgid
    }

    /// Time spent in user mode, in nanoseconds.
    pub fn get_utime(&self) -> u64 {
        self.task().utime
    }

    /// Name, at most 15 bytes.
    pub fn get_comm(&self) -> Result<&CStr, FromBytesUntilNulError> {
        let comm = &self.task().comm;
        // SAFETY: the same bytes, as unsigned.
        CStr::from_bytes_until_nul(unsafe { &*(core::ptr::from_ref(comm) as *const [u8; 16]) })
    }

    /// The user registers saved on entry to the kernel, at the top of the task's kernel stack.
    /// Panics if the task has exited and has no stack any more.
    pub fn get_pt_regs(&self) -> &'static PtRegs {
        // SAFETY: as in `task`; volatile, as the stack of a task that exits goes away meanwhile.
        let stack = unsafe { core::ptr::addr_of!((*self.0).stack).read_volatile() };
        assert!(!stack.is_null(), "the task has exited");
        let top = stack as usize + THREAD_SIZE;
        // SAFETY: a stack ends with the saved user registers of its task (task_pt_regs()). It is freed
        // after a grace period of RCU, and the program runs within one; what it holds are integers.
        unsafe { &*((top - core::mem::size_of::<PtRegs>()) as *const PtRegs) }
    }
}

/// A task on which this program holds a reference.
///
/// ```rust
/// # #![no_std]
/// # #![no_main]
/// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
/// # use rex::{Result, rex_printk, rex_tracepoint};
/// #
/// # #[rex_tracepoint]
/// # fn prog(_: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
/// use rex::task_struct::OwnedTaskStruct;
///
/// let Some(init) = OwnedTaskStruct::from_pid(1) else {
///     return Ok(0);
/// };
/// rex_printk!("init has run for {} ns", init.get_utime())
/// // The reference goes with `init`; had printing panicked, it would be given back, too.
/// # }
/// ```
pub struct OwnedTaskStruct {
    task: TaskStruct,
    registration: Registration,
}

impl OwnedTaskStruct {
    /// The task of a thread id, or `None` if there is none. The reference goes with the value,
    /// or with a panic.
    pub fn from_pid(pid: i32) -> Option<Self> {
        let registration = Registration::free();
        // SAFETY: the kernel accepts any number; the reference is registered in the same guarded call.
        guarded(|| unsafe {
            let task = kernel::bpf_task_from_pid(pid);
            if task.is_null() {
                return None;
            }
            registration.enter(release, task.cast_mut().cast());
            Some(Self { task: TaskStruct::new(task), registration })
        })
    }
}

unsafe extern "C" fn release(task: *mut ()) {
    // SAFETY: whoever calls this held a reference.
    unsafe { kernel::bpf_task_release(task.cast_const().cast()) }
}

impl Deref for OwnedTaskStruct {
    type Target = TaskStruct;

    fn deref(&self) -> &TaskStruct {
        &self.task
    }
}

impl Drop for OwnedTaskStruct {
    fn drop(&mut self) {
        // SAFETY: acquired in `from_pid`, and released once: whoever cancels the entry releases.
        guarded(|| unsafe {
            if self.registration.cancel() {
                release(self.task.0.cast_mut().cast());
            }
        });
    }
}
