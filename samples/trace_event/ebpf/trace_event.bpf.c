// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: counts the stacks in which a perf event hits. */
#include <linux/ptrace.h>
#include <linux/bpf.h>
#include <linux/bpf_perf_event.h>
#include <linux/perf_event.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct key {
	char comm[16];
	int kernel_stack;
	int user_stack;
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct key);
	__type(value, __u64);
	__uint(max_entries, 10000);
} counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK_TRACE);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, PERF_MAX_STACK_DEPTH * sizeof(__u64));
	__uint(max_entries, 10000);
} stackmap SEC(".maps");

#define STACK_FLAGS (BPF_F_FAST_STACK_CMP | BPF_F_REUSE_STACKID)

SEC("perf_event")
int rex_prog1(struct bpf_perf_event_data *ctx)
{
	struct bpf_perf_event_value value;
	struct key key = {};
	__u64 *count, one = 1;
	long error;

	if (ctx->sample_period < 10000)
		return 0; /* frequency mode: skip the first samples */
	key.kernel_stack = bpf_get_stackid(ctx, &stackmap, STACK_FLAGS);
	key.user_stack = bpf_get_stackid(ctx, &stackmap, STACK_FLAGS | BPF_F_USER_STACK);
	if (key.kernel_stack < 0 && key.user_stack < 0)
		return 0;
	bpf_get_current_comm(key.comm, sizeof(key.comm));
	count = bpf_map_lookup_elem(&counts, &key);
	if (count) {
		++*count;
		return 0;
	}
	bpf_map_update_elem(&counts, &key, &one, BPF_NOEXIST);
	error = bpf_perf_prog_read_value(ctx, &value, sizeof(value));
	if (error)
		bpf_printk("[trace_event::rex_prog1] Get Time Failed, ErrCode: %ld", error);
	else
		bpf_printk("[trace_event::rex_prog1] Time Enabled: %llu, Time Running: %llu", value.enabled,
			   value.running);
	return 0;
}
