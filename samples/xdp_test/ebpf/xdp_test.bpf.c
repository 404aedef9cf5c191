// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: says what packets arrive at a device and leave it. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* What has been seen, under a lock. */
struct stats {
	struct bpf_spin_lock lock;
	__u32 packets;
	__u64 bytes;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct stats);
	__uint(max_entries, 2);
} STATS SEC(".maps");

#define say(format, ...) bpf_printk("[xdp_test::%s] " format, __func__, ##__VA_ARGS__)

static __u32 count(__u32 direction, __u32 bytes)
{
	struct stats *stats = bpf_map_lookup_elem(&STATS, &direction);
	__u32 packets;

	if (!stats)
		return 0;
	bpf_spin_lock(&stats->lock);
	packets = ++stats->packets;
	stats->bytes += bytes;
	bpf_spin_unlock(&stats->lock);
	return packets;
}

/* Of a header without options. */
static __u16 ip_checksum(const struct iphdr *ip)
{
	const __u16 *word = (const void *)ip;
	__u32 sum = 0, i;

	for (i = 0; i < sizeof(*ip) / 2; i++)
		if (&word[i] != &ip->check)
			sum += word[i];
	sum = (sum & 0xffff) + (sum >> 16);
	return ~((sum & 0xffff) + (sum >> 16));
}

static int ports(const char *name, __be16 source, __be16 dest)
{
	say("%s packet! %d -> %d", name, bpf_ntohs(source), bpf_ntohs(dest));
	return 0;
}

SEC("xdp")
int xdp_rx_filter(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data, *end = (void *)(long)ctx->data_end;
	struct ethhdr *eth = data;
	struct iphdr *ip = (void *)(eth + 1);
	int before = bpf_xdp_get_buff_len(ctx);
	int packet, cut;

	/* Each access must lie within bounds that were compared with before. */
	if ((void *)(ip + 1) > end || eth->h_proto != bpf_htons(ETH_P_IP))
		return XDP_PASS;
	packet = count(0, before);
	say("Packet %d on device %d, queue %d", packet, ctx->ingress_ifindex, ctx->rx_queue_index);
	say("IP saddr %pI4", &ip->saddr);
	say("IP daddr %pI4", &ip->daddr);
	say("IP version %d, header of %d words, checksum %s", ip->version, ip->ihl,
	    ip_checksum(ip) == ip->check ? "right" : "wrong");

	if (ip->protocol == IPPROTO_TCP) {
		struct tcphdr *tcp = (void *)(ip + 1);

		if ((void *)(tcp + 1) <= end)
			ports("TCP", tcp->source, tcp->dest);
	} else if (ip->protocol == IPPROTO_UDP) {
		struct udphdr *udp = (void *)(ip + 1);

		if ((void *)(udp + 1) > end)
			return XDP_PASS;
		ports("UDP", udp->source, udp->dest);
		/* Tests that cut packets send them to this port. */
		if (udp->dest == bpf_htons(4242)) {
			cut = bpf_xdp_adjust_tail(ctx, -4);
			say("Cut: Ok(%d), %d bytes less", cut, before - (int)bpf_xdp_get_buff_len(ctx));
			say("Cut too much: Err(%ld)", bpf_xdp_adjust_tail(ctx, (int)0x80000000));
			return XDP_DROP;
		}
	}
	return XDP_PASS;
}

SEC("tc")
int xdp_tx_filter(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;
	struct iphdr *ip = data + sizeof(struct ethhdr);
	struct udphdr *udp = (void *)(ip + 1);
	int packet;

	if (skb->protocol != bpf_htons(ETH_P_IP))
		return TC_ACT_OK;
	packet = count(1, skb->len);
	say("Leaving: packet %d of %d bytes on device %d", packet, skb->len, skb->ifindex);
	if ((void *)(udp + 1) <= end && ip->protocol == IPPROTO_UDP && udp->dest == bpf_htons(4243)) {
		say("Shot");
		return TC_ACT_SHOT;
	}
	return TC_ACT_OK;
}
