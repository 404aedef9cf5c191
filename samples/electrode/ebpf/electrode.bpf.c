// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: the steady state of Multi-Paxos, in the network's hooks. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define PORT 4343
#define REPLICAS 3
#define QUORUMS 256

char LICENSE[] SEC("license") = "GPL";

enum { ACCEPT_ALL = 1, ACCEPT, ACCEPTED };

struct message {
	__be32 kind, view, slot, replica;
	__u8 value[8];
};

/* One with plain headers. */
struct packet {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct message message;
} __attribute__((packed, aligned(2)));

/* How far the replica is. */
struct state {
	struct bpf_spin_lock lock;
	__u32 view, last;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct state);
	__uint(max_entries, 1);
} STATE SEC(".maps");

/* What was accepted here: slot and value. */
struct entry {
	__be32 slot;
	__u8 value[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} LOG SEC(".maps");

/* The followers' addresses; 0 ends them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __be32);
	__uint(max_entries, REPLICAS);
} FOLLOWERS SEC(".maps");

/* Who has accepted what is in a slot: a bit for each. */
struct quorum {
	struct bpf_spin_lock lock;
	__u32 slot, who;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct quorum);
	__uint(max_entries, QUORUMS);
} QUORUM SEC(".maps");

/* The message in a packet, the end of which the verifier wants to see compared. */
static __always_inline struct packet *message(void *data, void *end)
{
	struct packet *packet = data;

	if ((void *)(packet + 1) > end || packet->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    packet->ip.version != 4 || packet->ip.ihl != 5 || packet->ip.protocol != IPPROTO_UDP ||
	    packet->udp.dest != bpf_htons(PORT))
		return NULL;
	return packet;
}

static __always_inline void set_checksum(struct packet *packet)
{
	__u16 *word = (void *)packet + sizeof(struct ethhdr);
	__u32 sum = 0, i;

	packet->ip.check = 0;
	for (i = 0; i < sizeof(packet->ip) / 2; i++)
		sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	packet->ip.check = ~((sum & 0xffff) + (sum >> 16));
}

/* Accepts what comes next, and what was accepted already; the packet becomes the answer. */
static __always_inline int accept(struct packet *packet)
{
	__u32 view = bpf_ntohl(packet->message.view), slot = bpf_ntohl(packet->message.slot), key = 0;
	struct state *state = bpf_map_lookup_elem(&STATE, &key);
	unsigned char mac[ETH_ALEN];
	int known, next;
	__be32 address;
	__be16 port;

	if (!state)
		return XDP_PASS;
	bpf_spin_lock(&state->lock);
	known = view == state->view && slot <= state->last;
	next = view == state->view && slot == state->last + 1;
	state->last += next;
	bpf_spin_unlock(&state->lock);
	if (!known && !next)
		return XDP_PASS;
	if (next) {
		struct entry entry = { .slot = packet->message.slot };

		__builtin_memcpy(entry.value, packet->message.value, sizeof(entry.value));
		if (bpf_ringbuf_output(&LOG, &entry, sizeof(entry), 0)) {
			/* There is no room: as if the packet had been lost. */
			bpf_spin_lock(&state->lock);
			state->last--;
			bpf_spin_unlock(&state->lock);
			return XDP_DROP;
		}
	}
	__builtin_memcpy(mac, packet->eth.h_dest, ETH_ALEN);
	__builtin_memcpy(packet->eth.h_dest, packet->eth.h_source, ETH_ALEN);
	__builtin_memcpy(packet->eth.h_source, mac, ETH_ALEN);
	address = packet->ip.saddr;
	packet->ip.saddr = packet->ip.daddr;
	packet->ip.daddr = address;
	packet->ip.ttl = 64;
	set_checksum(packet);
	port = packet->udp.source;
	packet->udp.source = packet->udp.dest;
	packet->udp.dest = port;
	packet->udp.check = 0; /* none, as IPv4 allows */
	packet->message.kind = bpf_htonl(ACCEPTED);
	/* Replica N has the address 10.0.(N-1).2, which is now the sender's. */
	packet->message.replica = bpf_htonl((bpf_ntohl(packet->ip.saddr) >> 8 & 255) + 1);
	return XDP_TX;
}

static __always_inline int complete(__u32 who)
{
	return __builtin_popcount(who) > REPLICAS / 2;
}

/* Lets an acceptance pass if a majority is complete with it; the leader itself is one. */
static __always_inline int prune(__u32 slot, __u32 replica)
{
	__u32 index = slot % QUORUMS, before, after;
	struct quorum *quorum = bpf_map_lookup_elem(&QUORUM, &index);

	if (!quorum)
		return XDP_PASS;
	bpf_spin_lock(&quorum->lock);
	if (quorum->slot != slot) {
		quorum->slot = slot;
		quorum->who = 1;
	}
	before = quorum->who;
	after = quorum->who |= 1U << (replica % 32);
	bpf_spin_unlock(&quorum->lock);
	/* Who says so twice was asked twice: the process has not heard of it. */
	return before == after || (!complete(before) && complete(after)) ? XDP_PASS : XDP_DROP;
}

SEC("xdp")
int fast_paxos_main(struct xdp_md *ctx)
{
	struct packet *packet = message((void *)(long)ctx->data, (void *)(long)ctx->data_end);

	if (!packet)
		return XDP_PASS;
	switch (bpf_ntohl(packet->message.kind)) {
#ifdef FAST_REPLY
	case ACCEPT:
		return accept(packet);
#endif
#ifdef FAST_QUORUM_PRUNE
	case ACCEPTED:
		return prune(bpf_ntohl(packet->message.slot), bpf_ntohl(packet->message.replica));
#endif
	}
	return XDP_PASS;
}

/* A message for all followers leaves as one for each of them. */
SEC("tc")
int fast_broad_cast_main(struct __sk_buff *skb)
{
	struct packet *packet = message((void *)(long)skb->data, (void *)(long)skb->data_end);
	int ready = 0, index;

	if (!packet || packet->message.kind != bpf_htonl(ACCEPT_ALL))
		return TC_ACT_OK;
	/* What is cloned comes through here again, as something else. */
	packet->message.kind = bpf_htonl(ACCEPT);
	packet->udp.check = 0;
	for (index = 0; index < REPLICAS; index++) {
		__u32 key = index;
		__be32 *address = bpf_map_lookup_elem(&FOLLOWERS, &key);

		if (!address || !*address)
			break;
		if (ready && bpf_clone_redirect(skb, skb->ifindex, 0))
			return TC_ACT_UNSPEC;
		/* It may lie elsewhere now. */
		packet = message((void *)(long)skb->data, (void *)(long)skb->data_end);
		if (!packet)
			return TC_ACT_UNSPEC;
		packet->ip.daddr = *address;
		set_checksum(packet);
		ready = 1;
	}
	return TC_ACT_OK; /* the last one goes as it is */
}
