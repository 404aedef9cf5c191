// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: an attempt, since programs that trace may not lock; nor could they panic. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct entry {
	struct bpf_spin_lock lock;
	__u32 runs;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct entry);
	__uint(max_entries, 1);
} MAP SEC(".maps");

SEC("tracepoint/syscalls/sys_enter_dup")
int rex_prog1(void *ctx)
{
	__u32 key = 0, runs;
	struct entry *entry = bpf_map_lookup_elem(&MAP, &key);

	if (!entry)
		return 0;
	bpf_spin_lock(&entry->lock);
	runs = ++entry->runs;
	bpf_spin_unlock(&entry->lock);
	bpf_printk("[spinlock_test::rex_prog1] Lock taken in run %u.", runs);
	return 0;
}
