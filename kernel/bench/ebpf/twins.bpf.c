// SPDX-License-Identifier: GPL-2.0
/* The eBPF twins of ../src/main.rs. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ptrace.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define TIMES 100

struct locked {
	struct bpf_spin_lock lock;
	__u32 value;
};

/* The kernel's type, which no header for programs has. */
struct bpf_res_spin_lock {
	__u32 val;
};

struct res_locked {
	struct bpf_res_spin_lock lock;
	__u32 value;
};

extern int bpf_res_spin_lock(struct bpf_res_spin_lock *lock) __ksym;
extern void bpf_res_spin_unlock(struct bpf_res_spin_lock *lock) __ksym;

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
MAP(LRU, LRU_HASH, __u32, __u64, 2 * TIMES);
MAP(PER_CPU, PERCPU_ARRAY, __u32, __u64, TIMES);
MAP(LOCKED, ARRAY, __u32, struct locked, 1);
MAP(RES_LOCKED, ARRAY, __u32, struct res_locked, 1);
MAP(STATE, ARRAY, __u32, __u32, 1);
MAP(NEXT, PROG_ARRAY, __u32, __u32, 1);

#define QUEUE_OR_STACK(_name, _type)					\
	struct {							\
		__uint(type, BPF_MAP_TYPE_##_type);			\
		__type(value, __u64);					\
		__uint(max_entries, TIMES);				\
	} _name SEC(".maps")

QUEUE_OR_STACK(STACK, STACK);
QUEUE_OR_STACK(QUEUE, QUEUE);

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 20);
} RING SEC(".maps");

__u64 counter;

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

/* TIMES times something with a key from 0 that is 0 if it has worked. */
#define REPEAT(_name, _operation)					\
	SEC("kprobe")							\
	int _name(void *ctx)						\
	{								\
		__u64 value = 1, sum = 0;				\
		__u32 i, key;						\
									\
		for (i = 0; i < TIMES; i++) {				\
			key = i;					\
			if (_operation)					\
				return 1;				\
			sum += value;					\
		}							\
		return sum;						\
	}

REPEAT(array_update, bpf_map_update_elem(&ARRAY, &key, &value, BPF_ANY))
REPEAT(hash_update, bpf_map_update_elem(&HASH, &key, &value, BPF_ANY))
REPEAT(hash_delete, bpf_map_delete_elem(&HASH, &key) ||
		    bpf_map_update_elem(&HASH, &key, &value, BPF_NOEXIST))
REPEAT(lru_update, bpf_map_update_elem(&LRU, &key, &value, BPF_ANY))
REPEAT(stack, bpf_map_push_elem(&STACK, &value, 0) ||
	      bpf_map_pop_elem(&STACK, &value))
REPEAT(queue, bpf_map_push_elem(&QUEUE, &value, 0) ||
	      bpf_map_pop_elem(&QUEUE, &value))
LOOKUP(lru, &LRU)
LOOKUP(per_cpu, &PER_CPU)

SEC("kprobe")
int ring(void *ctx)
{
	__u8 *entry;
	__u32 i;

	for (i = 0; i < TIMES; i++) {
		entry = bpf_ringbuf_reserve(&RING, 8, 0);
		if (!entry)
			return 1;
		*entry = 1;
		bpf_ringbuf_discard(entry, 0);
	}
	return 0;
}

SEC("kprobe")
int atomic(void *ctx)
{
	__u32 i;

	for (i = 0; i < TIMES; i++)
		__sync_fetch_and_add(&counter, 1);
	return 0;
}

SEC("tc")
int parse(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	if ((void *)(udp + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP) ||
	    ip->protocol != IPPROTO_UDP)
		return 0;
	return bpf_ntohs(udp->dest);
}

SEC("tc")
int base_tc(struct __sk_buff *skb)
{
	return skb->len == 0;
}

/* What all but the empty one are compared without. */
SEC("kprobe")
int base(struct pt_regs *regs)
{
	return regs->rdi == 0;
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

SEC("tc")
int res_lock(void *ctx)
{
	struct res_locked *locked;
	__u32 i, key = 0;

	locked = bpf_map_lookup_elem(&RES_LOCKED, &key);
	if (!locked)
		return 1;
	for (i = 0; i < TIMES; i++) {
		if (bpf_res_spin_lock(&locked->lock))
			return 1;
		locked->value++;
		bpf_res_spin_unlock(&locked->lock);
	}
	return 0;
}

/* Calls itself as often as the trigger says: the counter is where tail calls leave it. */
SEC("kprobe")
int recursion(struct pt_regs *regs)
{
	__u32 key = 0, *done = bpf_map_lookup_elem(&STATE, &key);

	if (!done)
		return 1;
	if (++*done <= regs->rdi)
		bpf_tail_call(regs, &NEXT, 0);
	*done = 0;
	return 0;
}
