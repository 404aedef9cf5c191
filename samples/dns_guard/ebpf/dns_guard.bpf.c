// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: an attempt, which the verifier refuses for the recursion in matches(). */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MAX_NAME 254
#define MAX_PATTERN 60

char LICENSE[] SEC("license") = "GPL";

/* One that is empty ends them. */
struct pattern {
	__u32 length;
	char text[MAX_PATTERN];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct pattern);
	__uint(max_entries, 64);
} PATTERNS SEC(".maps");

/* Names that were refused. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 16);
} REFUSED SEC(".maps");

/* More than the stack of 512 bytes should hold. */
struct name {
	__u32 length;
	char text[MAX_NAME];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct name);
	__uint(max_entries, 1);
} NAME SEC(".maps");

struct dns {
	__be16 id;
	__u8 flags, code;
	__be16 questions, others[3];
};

struct packet {
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	struct dns dns;
} __attribute__((packed, aligned(2)));

/* Whether a name is as a pattern says, from these places on. The compiler could make a loop of a part of it, with no end in sight. */
static __attribute__((noinline, disable_tail_calls)) int matches(struct pattern *pattern, __u32 p, struct name *name,
								 __u32 n)
{
	if (!pattern || !name)
		return 0;
	if (p >= pattern->length || p >= MAX_PATTERN)
		return n >= name->length;
	if (pattern->text[p] == '*' && matches(pattern, p + 1, name, n))
		return 1;
	if (n >= name->length || n >= MAX_NAME)
		return 0;
	if (pattern->text[p] == '*')
		return matches(pattern, p, name, n + 1);
	if (pattern->text[p] != '?' && pattern->text[p] != name->text[n])
		return 0;
	return matches(pattern, p + 1, name, n + 1);
}

static int is_unwanted(struct name *name)
{
	struct pattern *pattern;
	int i;

	bpf_for(i, 0, 64) {
		__u32 key = i;

		pattern = bpf_map_lookup_elem(&PATTERNS, &key);
		if (!pattern || !pattern->length)
			return 0;
		if (matches(pattern, 0, name, 0))
			return 1;
	}
	return 0;
}

/* The question's name as text, in lower case; 0 if it is none. */
static int read_name(struct xdp_md *ctx, struct name *name)
{
	__u8 byte, left = 0;
	int i;

	name->length = 0;
	/* Not a plain loop, each turn of which the verifier would walk by itself, with all that came of those before. */
	bpf_for(i, 0, MAX_NAME + 1) {
		if (bpf_xdp_load_bytes(ctx, sizeof(struct packet) + i, &byte, 1))
			return 0;
		if (!left) {
			if (!byte)
				return 1;
			if (byte > 63)
				return 0;
			left = byte;
			if (!name->length)
				continue;
			byte = '.';
		} else {
			left--;
			if (byte >= 'A' && byte <= 'Z')
				byte += 'a' - 'A';
		}
		if (name->length >= MAX_NAME)
			return 0;
		name->text[name->length++] = byte;
	}
	return 0;
}

SEC("xdp")
int guard(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct packet *packet = (void *)(long)ctx->data;
	unsigned char mac[ETH_ALEN];
	struct name *name;
	__u32 key = 0;
	__be32 address;
	__be16 port;

	if ((void *)(packet + 1) > end || packet->eth.h_proto != bpf_htons(ETH_P_IP) || packet->ip.ihl != 5 ||
	    packet->ip.protocol != IPPROTO_UDP || packet->ip.frag_off & bpf_htons(0x3fff) ||
	    packet->udp.dest != bpf_htons(53) || packet->dns.flags & 0xf8 || packet->dns.questions != bpf_htons(1))
		return XDP_PASS;
	name = bpf_map_lookup_elem(&NAME, &key);
	if (!name || !read_name(ctx, name) || !is_unwanted(name))
		return XDP_PASS;
	bpf_ringbuf_output(&REFUSED, name->text, name->length & 255, 0);
	/* It becomes an answer: with the question, and error 3, "no such name". */
	packet->dns.flags |= 0x80;
	packet->dns.code = 3;
	__builtin_memcpy(mac, packet->eth.h_dest, ETH_ALEN);
	__builtin_memcpy(packet->eth.h_dest, packet->eth.h_source, ETH_ALEN);
	__builtin_memcpy(packet->eth.h_source, mac, ETH_ALEN);
	address = packet->ip.saddr;
	packet->ip.saddr = packet->ip.daddr;
	packet->ip.daddr = address;
	port = packet->udp.source;
	packet->udp.source = packet->udp.dest;
	packet->udp.dest = port;
	packet->udp.check = 0;
	return XDP_TX;
}
