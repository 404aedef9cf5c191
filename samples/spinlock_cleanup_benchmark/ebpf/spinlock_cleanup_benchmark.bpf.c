// SPDX-License-Identifier: GPL-2.0
/*
 * ../src/main.rs for eBPF: says what it takes to lock and unlock, for each packet that arrives. That no lock is forgotten is for the
 * verifier to see; there is nothing to clean up.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TIMES 1000

char LICENSE[] SEC("license") = "GPL";

struct counter {
	struct bpf_spin_lock lock;
	__u64 count;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct counter);
	__uint(max_entries, 1);
} COUNTERS SEC(".maps");

SEC("xdp")
int rex_prog1(struct xdp_md *ctx)
{
	__u32 key = 0;
	struct counter *counter = bpf_map_lookup_elem(&COUNTERS, &key);
	__u64 start, elapsed;
	int i;

	if (!counter)
		return XDP_PASS;
	start = bpf_ktime_get_ns();
	for (i = 0; i < TIMES; i++) {
		bpf_spin_lock(&counter->lock);
		counter->count++;
		bpf_spin_unlock(&counter->lock);
	}
	elapsed = bpf_ktime_get_ns() - start;
	bpf_printk("[spinlock_cleanup_benchmark::rex_prog1] Time: %llu ns to lock and unlock, of %llu so far",
		   elapsed / TIMES, counter->count);
	return XDP_PASS;
}
