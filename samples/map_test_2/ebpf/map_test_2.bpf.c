// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: uses every kind of map, whenever a task calls dup(2). */
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
	__type(value, __u64);
	__uint(max_entries, 256);
} MAP_ARRAY SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__type(value, __s64);
	__uint(max_entries, 2);
} STACK SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__type(value, __s64);
	__uint(max_entries, 2);
} QUEUE SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} RINGBUF SEC(".maps");

#define say(format, ...) bpf_printk("[map_test_2::%s] " format, __func__, ##__VA_ARGS__)

/* Errors are numbers, which nobody has to look at. */
static void hash(__s64 pid)
{
	__s64 next = pid + 1, *value;
	long twice, after;
	__u32 key = 0;

	bpf_map_update_elem(&MAP_HASH, &key, &pid, BPF_NOEXIST);
	twice = bpf_map_update_elem(&MAP_HASH, &key, &pid, BPF_NOEXIST);
	bpf_map_update_elem(&MAP_HASH, &key, &next, BPF_EXIST);
	value = bpf_map_lookup_elem(&MAP_HASH, &key);
	if (value)
		say("Value in hash: %lld.", *value);
	bpf_map_delete_elem(&MAP_HASH, &key);
	after = bpf_map_update_elem(&MAP_HASH, &key, &pid, BPF_EXIST);
	say("Second insert: Err(%ld), after delete: Err(%ld).", twice, after);
}

static void array(void)
{
	__u32 key = 3, beyond = 256;
	__u64 *count, one = 1;

	count = bpf_map_lookup_elem(&MAP_ARRAY, &key);
	if (count) {
		++*count;
		say("Runs: %llu.", *count);
	}
	say("Out of range: Err(%ld), delete: Err(%ld).", bpf_map_update_elem(&MAP_ARRAY, &beyond, &one, BPF_ANY),
	    bpf_map_delete_elem(&MAP_ARRAY, &key));
}

static void stack(__s64 pid)
{
	__s64 value = pid;

	bpf_map_push_elem(&STACK, &value, 0);
	value = pid + 1;
	bpf_map_push_elem(&STACK, &value, 0);
	say("Push on full stack: Err(%ld).", bpf_map_push_elem(&STACK, &value, 0));
	if (!bpf_map_peek_elem(&STACK, &value))
		say("Top of stack: %lld.", value);
	bpf_map_pop_elem(&STACK, &value);
	if (!bpf_map_pop_elem(&STACK, &value))
		say("Next top of stack: %lld.", value);
	if (bpf_map_pop_elem(&STACK, &value))
		say("Empty stack: none.");
}

static void queue(__s64 pid)
{
	__s64 value = pid - 1;

	bpf_map_push_elem(&QUEUE, &value, 0);
	value = pid;
	bpf_map_push_elem(&QUEUE, &value, 0);
	value = pid + 1;
	bpf_map_push_elem(&QUEUE, &value, BPF_EXIST); /* the oldest one goes */
	if (!bpf_map_peek_elem(&QUEUE, &value))
		say("Front of queue: %lld.", value);
	bpf_map_pop_elem(&QUEUE, &value);
	if (!bpf_map_pop_elem(&QUEUE, &value))
		say("Next front of queue: %lld.", value);
	if (bpf_map_pop_elem(&QUEUE, &value))
		say("Empty queue: none.");
}

static __u64 available(void)
{
	return bpf_ringbuf_query(&RINGBUF, BPF_RB_AVAIL_DATA);
}

static void ringbuf(__s64 pid)
{
	char *entry;

	say("Available bytes in ringbuf: %llu.", available());
	entry = bpf_ringbuf_reserve(&RINGBUF, 32, 0);
	if (entry) {
		BPF_SNPRINTF(entry, 32, "pid %lld", pid);
		bpf_ringbuf_submit(entry, 0);
	}
	bpf_ringbuf_output(&RINGBUF, &pid, sizeof(pid), 0);
	/* One that is forgotten is refused: nothing drops it. */
	entry = bpf_ringbuf_reserve(&RINGBUF, 8, 0);
	if (entry)
		bpf_ringbuf_discard(entry, 0);
	say("Available bytes in ringbuf: %llu.", available());
}

SEC("tracepoint/syscalls/sys_enter_dup")
int rex_prog1(void *ctx)
{
	__s64 pid = (__u32)bpf_get_current_pid_tgid();

	hash(pid);
	array();
	stack(pid);
	queue(pid);
	ringbuf(pid);
	return 0;
}
