// SPDX-License-Identifier: GPL-2.0
/*
 * ../src/main.rs for eBPF: counts in a global variable, which libbpf makes the only element of a map, and says what an
 * addition takes.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TIMES 1000

char LICENSE[] SEC("license") = "GPL";

__u64 counter;

SEC("kprobe/kprobe_target_func")
int rex_prog1(void *ctx)
{
	__u64 start = bpf_ktime_get_ns(), elapsed;
	int i;

	for (i = 0; i < TIMES; i++)
		__sync_fetch_and_add(&counter, 1);
	elapsed = bpf_ktime_get_ns() - start;
	bpf_printk("[atomic::rex_prog1] Time elapsed: %llu ns for %d additions, sum %llu", elapsed, TIMES, counter);
	return 0;
}
