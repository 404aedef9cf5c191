// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: looks up, stores and finds again, whenever a task calls dup(2). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __s64);
	__uint(max_entries, 1024);
} MAP_HASH SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __s64);
	__uint(max_entries, 256);
} MAP_ARRAY SEC(".maps");

#define say(format, ...) bpf_printk("[map_test::map_test] " format, ##__VA_ARGS__)

static void map_test(void *map, int number)
{
	__s64 pid = (__u32)bpf_get_current_pid_tgid(), *value;
	__u32 key = 0;

	say("Map Testing %d Start with key %u", number, key);
	value = bpf_map_lookup_elem(map, &key);
	if (value)
		say("Found Val=%lld.", *value);
	else
		say("Not found.");
	say("Rust program triggered from PID %lld", pid);
	bpf_map_update_elem(map, &key, &pid, BPF_ANY);
	value = bpf_map_lookup_elem(map, &key);
	if (value)
		say("Found Val=%lld.", *value);
	else
		say("Not found.");
}

SEC("tracepoint/syscalls/sys_enter_dup")
int rex_prog1(void *ctx)
{
	__u32 key = 0;

	map_test(&MAP_HASH, 1);
	map_test(&MAP_ARRAY, 2);
	bpf_map_delete_elem(&MAP_HASH, &key);
	return 0;
}
