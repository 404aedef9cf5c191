// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: counts calls of open(2) and openat(2), and their returns. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} enter_open_map SEC(".maps"), exit_open_map SEC(".maps");

static int count(void *map)
{
	__u32 key = 0, *calls = bpf_map_lookup_elem(map, &key);

	if (calls)
		++*calls;
	return 0;
}

SEC("tracepoint/syscalls/sys_enter_open")
int trace_enter_open(void *ctx)
{
	return count(&enter_open_map);
}

SEC("tracepoint/syscalls/sys_enter_openat")
int trace_enter_open_at(void *ctx)
{
	return count(&enter_open_map);
}

SEC("tracepoint/syscalls/sys_exit_open")
int trace_enter_exit(void *ctx)
{
	return count(&exit_open_map);
}

SEC("tracepoint/syscalls/sys_exit_openat")
int trace_enter_exit_at(void *ctx)
{
	return count(&exit_open_map);
}
