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

enum { ACCEPT_ALL = 1, ACCEPT, ACCEPTED, HOLD, FOLLOW };

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
	__u32 view, follows, last, heard;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct state);
	__uint(max_entries, 1);
} STATE SEC(".maps");

/* What was accepted here: a message from its view on. */
struct entry {
	__be32 view, slot, replica;
	__u8 value[8];
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} LOG SEC(".maps");

/* The other replicas' addresses; 0 ends them. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __be32);
	__uint(max_entries, REPLICAS);
} FOLLOWERS SEC(".maps");

/* Who has accepted what is in a slot: a bit for each. */
struct quorum {
	struct bpf_spin_lock lock;
	__u32 view, slot, who;
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

	if ((void *)(packet + 1) > end || packet->eth.h_proto != bpf_htons(ETH_P_IP) || packet->ip.version != 4 ||
	    packet->ip.ihl != 5 || packet->ip.protocol != IPPROTO_UDP || packet->udp.dest != bpf_htons(PORT))
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
	struct entry *entry;
	unsigned char mac[ETH_ALEN];
	int ours, known, next;
	__be32 address;
	__be16 port;

	if (!state)
		return XDP_PASS;
	/* There is room before the decision is made: a process that ends the view waits for what comes of it. */
	entry = bpf_ringbuf_reserve(&LOG, sizeof(*entry), 0);
	bpf_spin_lock(&state->lock);
	ours = state->follows && view == state->view;
	known = ours && slot <= state->last;
	next = ours && slot == state->last + 1 && entry;
	state->last += next;
	state->heard += ours;
	bpf_spin_unlock(&state->lock);
	if (entry && next) {
		__builtin_memcpy(entry, &packet->message.view, sizeof(*entry));
		bpf_ringbuf_submit(entry, BPF_RB_NO_WAKEUP);
	} else if (entry) {
		bpf_ringbuf_discard(entry, BPF_RB_NO_WAKEUP);
	}
	if (!known && !next)
		return XDP_PASS;
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
static __always_inline int prune(__u32 view, __u32 slot, __u32 replica)
{
	__u32 index = slot % QUORUMS, before, after;
	struct quorum *quorum = bpf_map_lookup_elem(&QUORUM, &index);

	if (!quorum)
		return XDP_PASS;
	bpf_spin_lock(&quorum->lock);
	if (quorum->view != view || quorum->slot != slot) {
		quorum->view = view;
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
		return prune(bpf_ntohl(packet->message.view), bpf_ntohl(packet->message.slot),
			     bpf_ntohl(packet->message.replica));
#endif
	}
	return XDP_PASS;
}

/* Changes the state, which never goes back; who has said so gets no packet sent for it. */
static __always_inline int move_on(__u32 view, __u32 follows, __u32 last)
{
	__u32 key = 0;
	struct state *state = bpf_map_lookup_elem(&STATE, &key);

	if (!state)
		return TC_ACT_SHOT;
	bpf_spin_lock(&state->lock);
	if (view > state->view ||
	    (view == state->view && (follows > state->follows || (follows == state->follows && last > state->last)))) {
		state->view = view;
		state->follows = follows;
		state->last = last;
	}
	bpf_spin_unlock(&state->lock);
	return TC_ACT_SHOT;
}

/* A message for all followers leaves as one for each of them. */
static __always_inline int broadcast(struct __sk_buff *skb, struct packet *packet)
{
	int ready = 0, index;

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

SEC("tc")
int fast_broad_cast_main(struct __sk_buff *skb)
{
	struct packet *packet = message((void *)(long)skb->data, (void *)(long)skb->data_end);

	if (!packet)
		return TC_ACT_OK;
	switch (bpf_ntohl(packet->message.kind)) {
	case ACCEPT_ALL:
		return broadcast(skb, packet);
	case HOLD:
		return move_on(bpf_ntohl(packet->message.view), 0, 0);
	case FOLLOW:
		return move_on(bpf_ntohl(packet->message.view), 1, bpf_ntohl(packet->message.slot));
	}
	return TC_ACT_OK;
}
