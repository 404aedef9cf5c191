// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: reads the kernel's clocks. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

SEC("kprobe/kprobe_target_func")
int rex_prog1(struct pt_regs *ctx)
{
	/* eBPF probes may not read the clock of the last tick, bpf_ktime_get_coarse_ns(). */
	__u64 monotonic = bpf_ktime_get_ns();
	__u64 boot = bpf_ktime_get_boot_ns();
	__u64 again;

	bpf_printk("[ktime::rex_prog1] %lld ns after the trigger's reading", monotonic - PT_REGS_PARM1(ctx));
	bpf_printk("[ktime::rex_prog1] %llu ns asleep", (boot - monotonic) / 1000000 * 1000000);
	again = bpf_ktime_get_ns();
	bpf_printk("[ktime::rex_prog1] the clock went %s", again > monotonic ? "on" : "wrong");
	return 0;
}
