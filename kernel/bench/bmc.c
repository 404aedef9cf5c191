// SPDX-License-Identifier: GPL-2.0
/* Packets of memcached's clients, and memcached's answers, for the programs of bmc. */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdio.h>
#include <string.h>

#include <bpf/bpf.h>

#include "bench.h"

#define MEMCACHED 11211
#define CLIENT 40000
#define VALUE 100 /* bytes */
#define PADDED 400 /* of a GET, which leaves room for the answer */

static struct bpf_program *rx, *tx;

struct packet {
	unsigned char bytes[1500];
	int size;
};

static void headers(struct packet *p, int protocol)
{
	struct ethhdr *eth = (void *)p->bytes;
	struct iphdr *ip = (void *)(eth + 1);

	memset(p, 0, sizeof(*p));
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = protocol;
	ip->saddr = ip->daddr = htonl(0x0a000001);
	p->size = sizeof(*eth) + sizeof(*ip);
}

static void add(struct packet *p, const void *bytes, int size)
{
	memcpy(p->bytes + p->size, bytes, size);
	p->size += size;
}

/* Sends a packet through a program, which must say that. */
static void through(struct bpf_program *prog, struct packet *p, __u32 verdict)
{
	struct iphdr *ip = (void *)(p->bytes + sizeof(struct ethhdr));
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = p->bytes, .data_size_in = p->size, .repeat = 1);

	ip->tot_len = htons(p->size - sizeof(struct ethhdr));
	if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		die("a packet for bmc");
	if (opts.retval != verdict) {
		fprintf(stderr, "%s says %u of a packet, not %u\n", bpf_program__name(prog), opts.retval, verdict);
		exit(1);
	}
}

static void datagram(struct packet *p, int from, int to)
{
	struct udphdr udp = { .source = htons(from), .dest = htons(to) };
	unsigned char frame[8] = { 0, 7, 0, 0, 0, 1 };

	headers(p, IPPROTO_UDP);
	add(p, &udp, sizeof(udp));
	add(p, frame, sizeof(frame));
}

static void get(int key, __u32 verdict)
{
	struct packet p;
	char text[PADDED];
	int n;

	datagram(&p, CLIENT, MEMCACHED);
	memset(text, ' ', sizeof(text));
	n = sprintf(text, "get key-%d", key);
	text[n] = ' ';
	memcpy(text + sizeof(text) - 2, "\r\n", 2);
	add(&p, text, sizeof(text));
	through(rx, &p, verdict);
}

/* A value, as answers and SETs have it. */
static void add_value(struct packet *p)
{
	char value[VALUE];

	memset(value, 'v', sizeof(value));
	add(p, value, sizeof(value));
	add(p, "\r\n", 2);
}

static void answer(int key)
{
	struct packet p;
	char text[64];

	datagram(&p, MEMCACHED, CLIENT);
	add(&p, text, sprintf(text, "VALUE key-%d 0 %d\r\n", key, VALUE));
	add_value(&p);
	add(&p, "END\r\n", 5);
	through(tx, &p, 0);
}

static void segment(struct packet *p, int from, int to, __u32 number, int syn)
{
	struct tcphdr tcp = { .source = htons(from), .dest = htons(to), .seq = htonl(number), .doff = 5, .syn = syn };

	headers(p, IPPROTO_TCP);
	add(p, &tcp, sizeof(tcp));
}

/* Returns the number of the byte behind it. */
static __u32 set(__u32 number, int key)
{
	struct packet p;
	char text[64];
	int before;

	segment(&p, CLIENT, MEMCACHED, number, 0);
	before = p.size;
	add(&p, text, sprintf(text, "set key-%d 0 0 %d\r\n", key, VALUE));
	add_value(&p);
	number += p.size - before;
	through(rx, &p, XDP_PASS);
	segment(&p, MEMCACHED, CLIENT, 1, 0);
	add(&p, "STORED\r\n", 8);
	through(tx, &p, 0);
	return number;
}

enum { HIT, MISS, SET, KINDS };

static void measure(struct bpf_object *obj, double took[KINDS])
{
	struct taken arriving, leaving;
	struct packet syn;
	__u32 number = 2;
	int i;

	rx = program(obj, "xdp_rx_filter");
	tx = program(obj, "xdp_tx_filter");
	arriving = taken(rx);
	leaving = taken(tx);
	for (i = 0; i < RUNS; i++) {
		get(i, XDP_PASS);
		answer(i);
	}
	took[MISS] = per_run(rx, arriving) + per_run(tx, leaving);
	arriving = taken(rx);
	for (i = 0; i < RUNS; i++)
		get(RUNS - 1, XDP_TX);
	took[HIT] = per_run(rx, arriving);
	segment(&syn, CLIENT, MEMCACHED, number - 1, 1);
	through(rx, &syn, XDP_PASS);
	arriving = taken(rx);
	leaving = taken(tx);
	for (i = 0; i < RUNS; i++)
		number = set(number, i);
	took[SET] = per_run(rx, arriving) + per_run(tx, leaving);
	get(RUNS - 1, XDP_PASS);
}

void bmc_rows(struct pair bmc)
{
	double rex[KINDS], twin[KINDS];

	measure(bmc.rex.obj, rex);
	measure(bmc.twin.obj, twin);
	row("BMC: GET hit", rex[HIT], twin[HIT], 1, 0, "eBPF");
	row("BMC: GET miss, and its answer", rex[MISS], twin[MISS], 1, 0, "eBPF");
	row("BMC: SET, and its answer", rex[SET], twin[SET], 1, 0, "eBPF");
}
