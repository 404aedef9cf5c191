// SPDX-License-Identifier: GPL-2.0

//! Helpers that all program types have.

/// Errno of a bad address.
pub const EFAULT: i64 = 14;

/// Gives a program type the base helpers as methods.
macro_rules! base_helpers {
    (impl[$($generic:tt)*] $program:ty) => {
        impl<$($generic)*> $program {
            /// The current CPU.
            #[inline(always)]
            pub fn bpf_get_smp_processor_id(&self) -> i32 {
                // SAFETY: reads a per-CPU variable.
                unsafe { $crate::kernel::rex_smp_processor_id() as i32 }
            }

            /// NUMA node of the current CPU.
            #[inline(always)]
            pub fn bpf_get_numa_node_id(&self) -> i32 {
                // SAFETY: reads a per-CPU variable.
                unsafe { $crate::kernel::rex_numa_node_id() }
            }

            /// Tick counter.
            #[inline(always)]
            pub fn bpf_jiffies64(&self) -> u64 {
                // SAFETY: the kernel changes it at any time, in one store.
                unsafe { core::ptr::addr_of!($crate::kernel::jiffies_64).read_volatile() }
            }

            /// Monotonic time without suspend, in nanoseconds.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
            /// # use rex::{Result, rex_printk, rex_tracepoint};
            /// #
            /// # #[rex_tracepoint]
            /// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, _: &'static SyscallsEnterDupCtx) -> Result {
            /// let start = obj.bpf_ktime_get_ns();
            /// rex_printk!("printing takes time")?;
            /// rex_printk!("{} ns of it", obj.bpf_ktime_get_ns() - start)
            /// # }
            /// ```
            pub fn bpf_ktime_get_ns(&self) -> u64 {
                // SAFETY: takes nothing.
                $crate::run::call_kernel(|| unsafe { $crate::kernel::bpf_ktime_get_ns() })
            }

            /// Time since boot with suspend, in nanoseconds.
            pub fn bpf_ktime_get_boot_ns(&self) -> u64 {
                // SAFETY: takes nothing.
                $crate::run::call_kernel(|| unsafe { $crate::kernel::bpf_ktime_get_boot_ns() })
            }

            /// Monotonic time of the last tick, in nanoseconds.
            pub fn bpf_ktime_get_coarse_ns(&self) -> u64 {
                // SAFETY: takes nothing.
                $crate::run::call_kernel(|| unsafe { $crate::kernel::bpf_ktime_get_coarse_ns() })
            }

            /// A pseudo-random number.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
            /// # use rex::{Result, rex_printk, rex_tracepoint};
            /// #
            /// # #[rex_tracepoint]
            /// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
            /// if obj.bpf_get_prandom_u32() % 100 == 0 {
            ///     rex_printk!("one call in a hundred: dup({})", ctx.fildes)?;
            /// }
            /// Ok(0)
            /// # }
            /// ```
            pub fn bpf_get_prandom_u32(&self) -> u32 {
                // SAFETY: takes nothing.
                $crate::run::call_kernel(|| unsafe { $crate::kernel::bpf_get_prandom_u32() })
            }

            /// Copies a `T` from any kernel address; a bad one is `Err(-EFAULT)` and zeroes `dst`.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::kprobe::kprobe;
            /// # use rex::pt_regs::PtRegs;
            /// # use rex::{Result, rex_kprobe, rex_printk};
            /// #[rex_kprobe(function = "__x64_sys_dup")]
            /// fn on_dup(obj: &kprobe, regs: &mut PtRegs) -> Result {
            ///     // A system call gets a `struct pt_regs` with its caller's registers: the fifteenth of them is `rdi`.
            ///     let mut caller = [0_u64; 15];
            ///     obj.bpf_probe_read_kernel(&mut caller, regs.rdi() as *const ())?;
            ///     rex_printk!("dup({})", caller[14])
            /// }
            /// ```
            #[allow(clippy::not_unsafe_ptr_arg_deref)] // the kernel checks the address
            pub fn bpf_probe_read_kernel<T: Copy + $crate::utils::NoRef>(&self, dst: &mut T, unsafe_ptr: *const ()) -> $crate::Result {
                const { $crate::value::any_bits::<T>() }
                let size = core::mem::size_of::<T>() as u32;
                // SAFETY: the helper writes `size` bytes at `dst` and survives any source address.
                let code = $crate::run::call_kernel(|| unsafe { $crate::kernel::bpf_probe_read_kernel(core::ptr::from_mut(dst).cast(), size, unsafe_ptr) });
                // The kernel tells an address that is not its own from one where nothing is.
                $crate::to_result!(if code < 0 { -$crate::helpers::EFAULT } else { code })
            }

            /// Formats into `buf` in the kernel's BPF format language, with at most 12 arguments. Returns the
            /// number of bytes, the NUL included, or `Err(-EINVAL)` for a bad format.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
            /// # use rex::{Result, rex_printk, rex_tracepoint};
            /// #
            /// # #[rex_tracepoint]
            /// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
            /// use core::ffi::CStr;
            ///
            /// let mut text = [0; 32];
            /// obj.bpf_snprintf(&mut text, "fd %llu", &[ctx.fildes])?;
            /// match CStr::from_bytes_until_nul(&text) {
            ///     Ok(text) => rex_printk!("{text:?}"),
            ///     Err(_) => Ok(0),
            /// }
            /// # }
            /// ```
            pub fn bpf_snprintf<const N: usize, const M: usize>(&self, buf: &mut [u8; N], fmt: &str, data: &[u64; M]) -> $crate::Result {
                $crate::printk::snprintf(buf, fmt, data)
            }

            /// The value of a key, in place; other CPUs may change it.
            ///
            /// ```rust
            /// # #![no_std]
            /// # #![no_main]
            /// # use rex::tracepoint::{SyscallsEnterDupCtx, tracepoint};
            /// # use rex::{Result, rex_map, rex_tracepoint};
            /// use rex::linux::bpf::BPF_NOEXIST;
            /// use rex::map::RexHashMap;
            ///
            /// #[rex_map]
            /// static COUNTS: RexHashMap<u64, u64> = RexHashMap::new(1024, 0);
            ///
            /// # #[rex_tracepoint]
            /// # fn prog(obj: &tracepoint<SyscallsEnterDupCtx>, ctx: &'static SyscallsEnterDupCtx) -> Result {
            /// match obj.bpf_map_lookup_elem(&COUNTS, &ctx.fildes) {
            ///     Some(count) => *count += 1,
            ///     None => {
            ///         obj.bpf_map_update_elem(&COUNTS, &ctx.fildes, &1, BPF_NOEXIST.into())?;
            ///     }
            /// }
            /// Ok(0)
            /// # }
            /// ```
            #[inline(always)]
            pub fn bpf_map_lookup_elem<'b, const MT: $crate::linux::bpf::bpf_map_type, K, V: Copy + $crate::utils::NoRef>(
                &self, map: &'static $crate::map::RexMapHandle<MT, K, V>, key: &'b K,
            ) -> Option<&'b mut V> {
                map.lookup(key)
            }

            /// Sets the value of a key; `flags` is `BPF_ANY`, `BPF_NOEXIST` or `BPF_EXIST`.
            #[inline(always)]
            pub fn bpf_map_update_elem<const MT: $crate::linux::bpf::bpf_map_type, K, V: Copy + $crate::utils::NoRef>(
                &self, map: &'static $crate::map::RexMapHandle<MT, K, V>, key: &K, value: &V, flags: u64,
            ) -> $crate::Result {
                map.store(key, value, flags)
            }

            /// Removes a key.
            #[inline(always)]
            pub fn bpf_map_delete_elem<const MT: $crate::linux::bpf::bpf_map_type, K, V: Copy + $crate::utils::NoRef>(
                &self, map: &'static $crate::map::RexMapHandle<MT, K, V>, key: &K,
            ) -> $crate::Result {
                map.remove(key)
            }

            /// Adds an element to a stack or queue.
            pub fn bpf_map_push_elem<const MT: $crate::linux::bpf::bpf_map_type, K, V: Copy + $crate::utils::NoRef>(
                &self, map: &'static $crate::map::RexMapHandle<MT, K, V>, value: &V, flags: u64,
            ) -> $crate::Result {
                map.push_with(value, flags)
            }

            /// Removes the next element of a stack or queue.
            pub fn bpf_map_pop_elem<const MT: $crate::linux::bpf::bpf_map_type, K, V: Copy + $crate::utils::NoRef>(
                &self, map: &'static $crate::map::RexMapHandle<MT, K, V>,
            ) -> Option<V> {
                map.take()
            }

            /// The next element of a stack or queue, which stays.
            pub fn bpf_map_peek_elem<const MT: $crate::linux::bpf::bpf_map_type, K, V: Copy + $crate::utils::NoRef>(
                &self, map: &'static $crate::map::RexMapHandle<MT, K, V>,
            ) -> Option<V> {
                map.look()
            }
        }
    };
}

/// Gives a program type that runs on behalf of a task the task.
macro_rules! task_helpers {
    (impl[$($generic:tt)*] $program:ty) => {
        impl<$($generic)*> $program {
            /// The current task; always there.
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
            /// rex_printk!("thread {} of process {}", task.get_pid(), task.get_tgid())
            /// # }
            /// ```
            pub fn bpf_get_current_task(&self) -> Option<$crate::task_struct::TaskStruct> {
                // SAFETY: the current task outlives the program that runs on its behalf.
                unsafe { Some($crate::task_struct::TaskStruct::new($crate::kernel::bpf_get_current_task())) }
            }
        }
    };
}

pub(crate) use {base_helpers, task_helpers};
