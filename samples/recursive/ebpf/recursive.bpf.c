// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: an attempt. What calls itself is refused, however deep it would go. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

static __attribute__((noinline)) __u64 descend(__u64 left)
{
	__u64 depth;

	if (!left)
		return 0;
	depth = descend(left - 1);
	barrier_var(depth); /* keeps the compiler from making a loop of it */
	return 1 + depth;
}

SEC("kprobe/kprobe_target_func")
int rex_prog1(struct pt_regs *ctx)
{
	__u64 start = bpf_ktime_get_ns(), elapsed, depth;

	depth = descend(PT_REGS_PARM1(ctx));
	elapsed = bpf_ktime_get_ns() - start;
	bpf_printk("[recursive::rex_prog1] Time: %llu ns for depth %llu", elapsed, depth);
	return 0;
}
