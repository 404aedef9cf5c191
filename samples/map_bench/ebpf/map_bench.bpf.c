// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: what operations on maps take, kind by kind. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Operations of a kind in one run. */
#define TIMES 1000

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, TIMES);
} ARRAY SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, TIMES);
} PER_CPU SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, TIMES);
} HASH SEC(".maps");

/* Twice as many: near its limit it makes room early. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 2 * TIMES);
} LRU SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_STACK);
	__type(value, __u64);
	__uint(max_entries, TIMES);
} STACK SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__type(value, __u64);
	__uint(max_entries, TIMES);
} QUEUE SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} RING SEC(".maps");

/*
 * Each operation is a function that bpf_loop() calls: the verifier would walk each turn of a plain loop by itself. It has a key from 0,
 * and ends the loop if something went wrong.
 */
#define OPERATION(name, what)                                                                                          \
	static long name(__u32 key, long *code)                                                                        \
	{                                                                                                              \
		__u64 value = key;                                                                                     \
                                                                                                                       \
		(void)value;                                                                                           \
		*code = (what);                                                                                        \
		return *code != 0;                                                                                     \
	}

/* What there is to a lookup: the value is read, whatever it is. */
static __always_inline long read(__u64 *value)
{
	__u64 copy;

	if (!value)
		return -1;
	copy = *value;
	barrier_var(copy);
	return 0;
}

static __always_inline long reserve_and_discard(void)
{
	void *entry = bpf_ringbuf_reserve(&RING, 8, 0);

	if (!entry)
		return -1;
	bpf_ringbuf_discard(entry, 0);
	return 0;
}

OPERATION(array_update, bpf_map_update_elem(&ARRAY, &key, &value, BPF_ANY))
OPERATION(array_lookup, read(bpf_map_lookup_elem(&ARRAY, &key)))
OPERATION(per_cpu_lookup, read(bpf_map_lookup_elem(&PER_CPU, &key)))
OPERATION(hash_insert, bpf_map_update_elem(&HASH, &key, &value, BPF_NOEXIST))
OPERATION(hash_update, bpf_map_update_elem(&HASH, &key, &value, BPF_EXIST))
OPERATION(hash_lookup, read(bpf_map_lookup_elem(&HASH, &key)))
OPERATION(hash_delete, bpf_map_delete_elem(&HASH, &key))
OPERATION(lru_update, bpf_map_update_elem(&LRU, &key, &value, BPF_ANY))
OPERATION(lru_lookup, read(bpf_map_lookup_elem(&LRU, &key)))
OPERATION(stack_push, bpf_map_push_elem(&STACK, &value, 0))
OPERATION(stack_pop, bpf_map_pop_elem(&STACK, &value))
OPERATION(queue_push, bpf_map_push_elem(&QUEUE, &value, 0))
OPERATION(queue_pop, bpf_map_pop_elem(&QUEUE, &value))
/* Discarded or not, only reading makes room again: the ring has some for four runs. */
OPERATION(ring, reserve_and_discard())

/* Does something TIMES times and says how long that took; or what went wrong, and with which key. */
static __always_inline void time(const char *what, void *operation)
{
	__u64 start = bpf_ktime_get_ns(), elapsed;
	long code = 0, times;

	times = bpf_loop(TIMES, operation, &code, 0);
	elapsed = bpf_ktime_get_ns() - start;
	if (code)
		bpf_printk("[map_bench::time] %s of %ld failed: %ld", what, times - 1, code);
	else
		bpf_printk("[map_bench::time] Time elapsed: %llu ns for %ld times %s", elapsed, times, what);
}

SEC("kprobe/kprobe_target_func")
int rex_prog1(void *ctx)
{
	time("array update", array_update);
	time("array lookup", array_lookup);
	time("per-CPU array lookup", per_cpu_lookup);
	time("hash insert", hash_insert);
	time("hash update", hash_update);
	time("hash lookup", hash_lookup);
	time("hash delete", hash_delete);
	time("LRU hash update", lru_update);
	time("LRU hash lookup", lru_lookup);
	time("stack push", stack_push);
	time("stack pop", stack_pop);
	time("queue push", queue_push);
	time("queue pop", queue_pop);
	time("ring reserve and discard", ring);
	return 0;
}
