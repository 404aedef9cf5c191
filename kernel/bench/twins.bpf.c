// SPDX-License-Identifier: GPL-2.0
/* The eBPF twins of src/main.rs. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define TIMES 100
#define DEPTH 33

struct locked {
	struct bpf_spin_lock lock;
	__u32 value;
};

#define MAP(_name, _type, _key, _value, _entries)			\
	struct {							\
		__uint(type, BPF_MAP_TYPE_##_type);			\
		__type(key, _key);					\
		__type(value, _value);					\
		__uint(max_entries, _entries);				\
	} _name SEC(".maps")

MAP(ARRAY, ARRAY, __u32, __u64, TIMES);
MAP(ARRAY2, ARRAY, __u32, __u64, TIMES);
MAP(HASH, HASH, __u32, __u64, TIMES);
MAP(HASH2, HASH, __u32, __u64, TIMES);
MAP(LOCKED, ARRAY, __u32, struct locked, 1);
MAP(STATE, ARRAY, __u32, __u32, 1);
MAP(NEXT, PROG_ARRAY, __u32, __u32, 1);

char LICENSE[] SEC("license") = "GPL";

__u32 other; /* 0, which the verifier does not know */

SEC("kprobe")
int empty(void *ctx)
{
	return 0;
}

/* The verifier inlines the lookup if it knows the map ... */
#define LOOKUP(_name, _map)						\
	SEC("kprobe")							\
	int _name(void *ctx)						\
	{								\
		__u64 sum = 0, *value;					\
		__u32 i, key;						\
									\
		for (i = 0; i < TIMES; i++) {				\
			key = i;					\
			value = bpf_map_lookup_elem(_map, &key);	\
			if (!value)					\
				return 1;				\
			sum += *value;					\
		}							\
		return sum;						\
	}

/* ... and can't if there are two that it could be. */
LOOKUP(array_inlined, &ARRAY)
LOOKUP(array, other ? (void *)&ARRAY2 : (void *)&ARRAY)
LOOKUP(hash_inlined, &HASH)
LOOKUP(hash, other ? (void *)&HASH2 : (void *)&HASH)

SEC("tc")
int empty_tc(void *ctx)
{
	return 0;
}

SEC("tc")
int lock(void *ctx)
{
	struct locked *locked;
	__u32 i, key = 0;

	locked = bpf_map_lookup_elem(&LOCKED, &key);
	if (!locked)
		return 1;
	for (i = 0; i < TIMES; i++) {
		bpf_spin_lock(&locked->lock);
		locked->value++;
		bpf_spin_unlock(&locked->lock);
	}
	return 0;
}

/* Calls itself until DEPTH: the counter is where tail calls leave it. */
SEC("kprobe")
int recursion(void *ctx)
{
	__u32 key = 0, *left = bpf_map_lookup_elem(&STATE, &key);

	if (!left)
		return 1;
	if (++*left % (DEPTH + 1))
		bpf_tail_call(ctx, &NEXT, 0);
	return 0;
}
