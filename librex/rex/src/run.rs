// SPDX-License-Identifier: GPL-2.0

//! The state of the run that this code is part of: `struct rex_run` of the kernel, which lies
//! above the stack (docs/abi.md, section 4). Each nesting program has a stack and a state.
//!
//! The checker holds what is written here to a few forms of instructions, at every level of optimization. So `state` and `flags`
//! are written by assembly, which the compiler moves nothing across, and never through a pointer that another function gets.

use core::arch::asm;
use core::mem::offset_of;
use core::ptr::{addr_of, addr_of_mut};

const STACK_SIZE: usize = 0x8000;
const STACK_ALIGN: usize = 0x10000;
const CLEANUPS: usize = 64;
/// Bytes of the log buffer, the NUL included.
pub const LOG_SIZE: usize = 1024;

const IN_EXTENSION: u8 = 0;
/// Something of the kernel's is being taken or given back, or the program panics.
const IN_HELPER: u8 = 1;

/// Flags: the panic handler has begun; of a panic only the message is still missing.
const PANICKING: u8 = 2;
const MESSAGE: u8 = 4;

/// One entry of the cleanup table: what a panic has to undo.
#[repr(C)]
#[derive(Clone, Copy)]
struct Cleanup {
    valid: u64,
    function: Option<unsafe extern "C" fn(*mut ())>,
    argument: *mut (),
}

#[repr(C)]
struct Run {
    state: u8,
    flags: u8,
    ticks: u8,
    /// Not 0: the kernel asks for the end of the program.
    terminate: u8,
    reserved: [u8; 60],
    cleanups: [Cleanup; CLEANUPS],
    log: [u8; LOG_SIZE],
}

const _: () = assert!(offset_of!(Run, cleanups) == 64 && offset_of!(Run, log) == 1600);

/// From the start of the stack's window.
const STATE: usize = STACK_SIZE + offset_of!(Run, state);
const FLAGS: usize = STACK_SIZE + offset_of!(Run, flags);

#[inline(always)]
fn stack_pointer() -> usize {
    let sp: usize;
    // SAFETY: reads a register.
    unsafe { asm!("mov {}, rsp", out(reg) sp, options(pure, nomem, nostack, preserves_flags)) };
    sp
}

/// The start of the window that the stack and its run lie in.
#[inline(always)]
fn window() -> usize {
    stack_pointer() & !(STACK_ALIGN - 1)
}

#[inline(always)]
fn run() -> *mut Run {
    (window() + STACK_SIZE) as *mut Run
}

/// Keeps the watchdog, which runs on the same CPU, off. Returns what the state was before: in all of a register, so that nothing of what the
/// register held before stays in it.
#[inline(always)]
fn hold() -> u32 {
    let before: u32;
    // SAFETY: the kernel keeps a `Run` above the stack that extensions run on.
    unsafe {
        asm!("movzx {before:e}, byte ptr [{window} + {STATE}]", "mov byte ptr [{window} + {STATE}], {IN_HELPER}",
            before = out(reg) before, window = in(reg) window(), STATE = const STATE, IN_HELPER = const IN_HELPER,
            options(nostack, preserves_flags));
    }
    before
}

/// Makes the state what it was.
#[inline(always)]
fn release(before: u32) {
    // SAFETY: as in `hold`.
    unsafe {
        asm!("mov byte ptr [{window} + {STATE}], {before:l}", before = in(reg) before, window = in(reg) window(),
            STATE = const STATE, options(nostack, preserves_flags));
    }
}

/// Calls into the kernel, where the watchdog interrupts nothing; if it wanted to, the program ends here.
#[inline(always)]
pub fn call_kernel<T>(call: impl FnOnce() -> T) -> T {
    let value = call();
    end_if_asked();
    value
}

/// Takes or gives back something of the kernel's, together with what the runtime notes about it: the
/// watchdog ends the program before or after, never between.
#[inline(always)]
pub fn guarded<T>(call: impl FnOnce() -> T) -> T {
    let before = hold();
    let value = call();
    release(before);
    end_if_asked();
    value
}

#[inline(always)]
fn end_if_asked() {
    // SAFETY: as in `hold`; the kernel, which has been called, may have written it.
    if unsafe { (*run()).terminate } != 0 {
        end();
    }
}

/// Why the kernel ends a program: `enum rex_terminate`, but for a time-out.
const DIVISION: u8 = 2;
const BAD_ADDRESS: u8 = 3;
const BAD_INSTRUCTION: u8 = 4;
const STACK_OVERFLOW: u8 = 5;
const BAD_ARGUMENT: u8 = 6;

/// The kernel ended the program: its time is up, or its code has caused a fault.
#[cold]
#[inline(never)]
pub fn end() -> ! {
    // SAFETY: as in `end_if_asked`.
    match unsafe { (*run()).terminate } {
        DIVISION => panic!("Division by zero in Rex program"),
        BAD_ADDRESS => panic!("Access to a bad address in Rex program"),
        BAD_INSTRUCTION => panic!("Bad instruction in Rex program"),
        STACK_OVERFLOW => panic!("Stack overflow in Rex program"),
        BAD_ARGUMENT => panic!("Bad argument of a helper in Rex program"),
        _ => panic!("Timeout in Rex program"),
    }
}

/// From here on the watchdog keeps off for good: the program is about to end. Says whether it was
/// about to end already.
#[inline(always)]
pub fn enter_panic() -> bool {
    let _ = hold();
    let before: u8;
    // SAFETY: as in `hold`; `flags` is this run's alone.
    unsafe {
        asm!("mov {before}, byte ptr [{window} + {FLAGS}]", "or byte ptr [{window} + {FLAGS}], {PANICKING}",
            before = out(reg_byte) before, window = in(reg) window(), FLAGS = const FLAGS, PANICKING = const PANICKING, options(nostack));
    }
    before & PANICKING != 0
}

/// Everything has been given back. What an extension writes about its panic may take forever, so
/// from here on the kernel may end the program between any two instructions.
#[inline(always)]
pub fn begin_message() {
    // SAFETY: as in `enter_panic`.
    unsafe {
        asm!("or byte ptr [{window} + {FLAGS}], {MESSAGE}", window = in(reg) window(), FLAGS = const FLAGS, MESSAGE = const MESSAGE,
            options(nostack));
    }
}

/// Whether extension code runs, and neither a helper nor the panic handler.
pub fn in_extension() -> bool {
    // SAFETY: as in `hold`.
    unsafe { (*run()).state == IN_EXTENSION }
}

/// Bytes between the stack pointer and the end of the stack.
pub fn stack_left() -> usize {
    stack_pointer() & (STACK_ALIGN - 1)
}

/// A resource of the kernel that a panic has to give back: an entry of the cleanup table.
///
/// A resource is taken together with its registration, and given back together with the end of
/// it, in *one* guarded call each: the watchdog ends a program before or after, never between.
#[must_use]
pub struct Registration(usize);

impl Registration {
    /// A free entry, for a resource that is about to be taken: it must not be taken if there is
    /// none. Panics when the table is full, and when the program is panicking already: what its
    /// message takes nobody would give back.
    pub fn free() -> Self {
        // SAFETY: as in `enter_panic`.
        assert!(unsafe { (*run()).flags } & PANICKING == 0, "A resource was taken by the message of a panic");
        // SAFETY: the table belongs to this run alone, and `index` is within it.
        match (0..CLEANUPS).find(|&index| unsafe { (*cleanups().add(index)).valid == 0 }) {
            Some(index) => Self(index),
            None => panic!("Object count exceeded"),
        }
    }

    /// The resource was taken: `function(argument)` is run if the program panics before [`cancel`](Self::cancel).
    ///
    /// # Safety
    ///
    /// `function(argument)` must be sound at any time until then, and no other entry may have been
    /// used since [`free`](Self::free).
    pub unsafe fn enter(&self, function: unsafe extern "C" fn(*mut ()), argument: *mut ()) {
        // SAFETY: as in `free`; the index came from there.
        unsafe { *cleanups().add(self.0) = Cleanup { valid: 1, function: Some(function), argument } };
    }

    /// Whether the program still has the resource. A panic takes it away, and then runs code of the
    /// extension once more, for its message.
    pub fn is_entered(&self) -> bool {
        // SAFETY: as in `enter`.
        unsafe { (*cleanups().add(self.0)).valid != 0 }
    }

    /// Whether the resource is to be given back now, in the ordinary way: it no longer will be by
    /// a panic, and was not.
    pub fn cancel(&self) -> bool {
        // SAFETY: as in `enter`.
        core::mem::replace(unsafe { &mut (*cleanups().add(self.0)).valid }, 0) != 0
    }
}

/// Gives back what the program has, each once: first the lock, since interrupts are off while it is held. Never a part of the
/// panic handler, see there.
#[inline(never)]
pub fn run_cleanups() {
    // SAFETY: the kernel knows which lock it is, if any.
    unsafe { crate::kernel::rex_spin_release() };
    // The watchdog keeps off, so it must show that this comes to an end: the turns are counted in a register at every level of optimization.
    // The first call is one that the compiler knows of, so that this function looks at the stack pointer.
    // SAFETY: each entry is undone once; the loop calls as a caller does.
    unsafe {
        undo(0);
        asm!("2:", "mov edi, r12d", "call {undo}", "inc r12d", "cmp r12d, {CLEANUPS}", "jne 2b",
            inout("r12") 1 => _, undo = sym undo, CLEANUPS = const CLEANUPS, clobber_abi("C"));
    }
}

/// Gives back what an entry stands for.
#[inline(never)]
unsafe extern "C" fn undo(index: usize) {
    // SAFETY: the table belongs to this run alone, and `index` is within it.
    let cleanup = unsafe { &mut *cleanups().add(index) };
    let valid = cleanup.valid;
    cleanup.valid = 0;
    if valid != 0 {
        if let Some(function) = cleanup.function {
            // SAFETY: whoever registered it vouched for that.
            unsafe { function(cleanup.argument) };
        }
    }
}

#[inline(always)]
fn cleanups() -> *mut Cleanup {
    // SAFETY: `run` points to a `Run`; no reference is made.
    unsafe { addr_of_mut!((*run()).cleanups).cast() }
}

/// The buffer in which text for the kernel is put together.
pub fn log() -> *mut [u8; LOG_SIZE] {
    // SAFETY: `run` points to a `Run`; no reference is made.
    unsafe { addr_of!((*run()).log).cast_mut() }
}
