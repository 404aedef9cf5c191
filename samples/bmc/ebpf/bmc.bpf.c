// SPDX-License-Identifier: GPL-2.0
/*
 * ../src for eBPF: answers memcached's GETs before they reach memcached. What is different is for the verifier: packets are copied to
 * where a masked index is within bounds, a line is taken letter by letter, without a loop within the loop, and nothing is called while a
 * lock is held.
 */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/pkt_cls.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define MEMCACHED 11211
#define SLOTS 1024
#define MAX_LINE 320
#define MAX_REPLY 1200 /* the longest answer that is kept */

char LICENSE[] SEC("license") = "GPL";

/* One with plain headers. */
struct packet {
	struct ethhdr eth;
	struct iphdr ip;
	union {
		struct tcphdr tcp;
		struct udphdr udp;
	};
} __attribute__((packed, aligned(2)));

/* Memcached's own header of a datagram. */
struct frame {
	__be16 id, number, count, zero;
};

#define TRANSPORT (sizeof(struct ethhdr) + sizeof(struct iphdr))
#define DATAGRAM (TRANSPORT + sizeof(struct udphdr))
#define REPLY (DATAGRAM + sizeof(struct frame))

enum { HIT, MISS, NO_ROOM, FILLED, DROPPED };

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 5);
} map_stats SEC(".maps");

static void count(__u32 what)
{
	__u64 *n = bpf_map_lookup_elem(&map_stats, &what);

	if (n)
		++*n;
}

/* What there is of a line: its words, as far as somebody wants to know them. */
struct line {
	__u32 length; /* letters */
	__u32 words, within; /* whether the last one may go on */
	__u32 returned; /* a carriage return waits for a line's end */
	__u64 name; /* the first word, as word() makes it */
	__u32 key, key_length, hash; /* the second: where it begins, and its hash (FNV-1a) */
	__u64 expires; /* the fourth, as the first */
	__u32 number, digits, odd; /* the fifth, and whether it is none */
};

/* A word of up to seven letters as a number, with 1 before them; 0 is a longer one. */
static __always_inline __u64 append(__u64 word, __u8 letter)
{
	return !word || word >> 56 ? 0 : word << 8 | letter;
}

static __always_inline __u64 word(const char *text, int length)
{
	__u64 word = 1;
	int i;

	for (i = 0; i < length; i++)
		word = append(word, text[i]);
	return word;
}

#define WORD(text) word(text, sizeof(text) - 1)

static void begin(struct line *line)
{
	__builtin_memset(line, 0, sizeof(*line));
	line->hash = 0x811c9dc5;
	line->name = line->expires = 1;
}

/* A letter of a line. */
static __attribute__((noinline)) int take(struct line *line, __u8 letter)
{
	line->length++;
	if (letter == ' ') {
		line->within = 0;
		return 0;
	}
	if (!line->within) {
		line->within = 1;
		if (++line->words == 2)
			line->key = line->length - 1;
	}
	switch (line->words) {
	case 1:
		line->name = append(line->name, letter);
		break;
	case 2:
		line->hash = (line->hash ^ letter) * 0x01000193;
		line->key_length++;
		break;
	case 4:
		line->expires = append(line->expires, letter);
		break;
	case 5:
		line->odd |= letter < '0' || letter > '9' || line->digits == 8;
		line->number = line->number * 10 + letter - '0';
		line->digits++;
		break;
	}
	return 0;
}

/* Packets and lines lie here, while a program runs. */
#define SIZE 2048

/* Whether a size is from 1 to SIZE - 1: as two comparisons that the verifier can follow, of which the compiler would make one, or none. */
// clang-format off
#define bounded(size)							\
	(({ barrier_var(size); (size) < SIZE; }) && ({ barrier_var(size); (size) > 0; }))
// clang-format on

struct scratch {
	__u8 bytes[SIZE];
	__u8 reply[SIZE];
	struct line line;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct scratch);
	__uint(max_entries, 2); /* of arriving packets, and of those that leave */
} SCRATCH SEC(".maps");

/*
 * The cache. A ticket, which says who has asked for a key when it was not there, is for one answer, and a SET takes it away: when it
 * arrives, and once more when memcached has confirmed it. 0 is nobody's.
 */
struct slot {
	struct bpf_spin_lock lock;
	__u32 blocked; /* for good, if not 0 */
	__u64 ticket;
	__u32 ticket_epoch;
	__u32 epoch;
	__u32 length; /* of the answer; 0 if there is none */
	__u32 unused;
	__u64 reply[MAX_REPLY / 8];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct slot);
	__uint(max_entries, SLOTS);
} SLOTS_BY_HASH SEC(".maps");

/* What is of an earlier epoch is not there. */
__u32 epoch = 1;

/* Not 0 once something has come that the cache does not understand: it answers nothing any more. */
__u32 off;

static __u64 ticket_of(__be32 address, __be16 port, __be16 id)
{
	return (__u64)address << 32 | (__u32)port << 16 | id;
}

/* Forgets what is in a slot; what is on its way there comes too late. */
static void forget(__u32 number, int for_good)
{
	struct slot *slot = bpf_map_lookup_elem(&SLOTS_BY_HASH, &number);

	if (!slot)
		return;
	bpf_spin_lock(&slot->lock);
	slot->length = 0;
	slot->ticket = 0;
	slot->blocked |= for_good;
	bpf_spin_unlock(&slot->lock);
}

/* All of it, as nothing may be called; and the compiler must not make a call of it. */
static __always_inline void copy(__u64 *to, const __u64 *from)
{
	int i;

	for (i = 0; i < MAX_REPLY / 8; i++) {
		to[i] = from[i];
		barrier();
	}
}

/* Whether an answer is one for the line's key: "VALUE key flags bytes\r\n...\r\nEND\r\n". */
static __attribute__((noinline)) int answers(struct scratch *s, __u32 length)
{
	__u32 key = s->line.key + sizeof(struct frame), size = s->line.key_length;
	int i;

	if (size > MAX_REPLY || size + 6 >= length)
		return 0;
	bpf_for(i, 0, size)
		if (s->reply[(i + 6) % SIZE] != s->bytes[(i + key) % SIZE])
			return 0;
	return s->reply[(size + 6) % SIZE] == ' ';
}

/* Copies the answer for the line's key and returns its length. If there is none, the one who asks gets the ticket. */
static __attribute__((noinline)) __u32 look_up(struct scratch *s, __u64 ticket)
{
	__u32 number = s->line.hash % SLOTS, now = epoch, length;
	struct slot *slot;

	if (off)
		return 0;
	slot = bpf_map_lookup_elem(&SLOTS_BY_HASH, &number);
	if (!slot)
		return 0;
	bpf_spin_lock(&slot->lock);
	length = slot->epoch == now ? slot->length : 0;
	copy((__u64 *)s->reply, slot->reply);
	bpf_spin_unlock(&slot->lock);
	if (length && length <= MAX_REPLY && answers(s, length))
		return length;
	bpf_spin_lock(&slot->lock);
	slot->ticket = ticket;
	slot->ticket_epoch = now;
	bpf_spin_unlock(&slot->lock);
	return 0;
}

/* Keeps an answer, if it is the one that the slot waits for. */
static int fill(__u32 number, __u64 ticket, const __u64 *reply, __u32 length)
{
	struct slot *slot = bpf_map_lookup_elem(&SLOTS_BY_HASH, &number);
	int wanted;

	if (!slot)
		return 0;
	bpf_spin_lock(&slot->lock);
	wanted = slot->ticket == ticket && !slot->blocked;
	if (wanted) {
		copy(slot->reply, reply);
		slot->length = length;
		slot->epoch = slot->ticket_epoch;
		slot->ticket = 0;
	}
	bpf_spin_unlock(&slot->lock);
	return wanted;
}

/* What clients tell memcached over TCP. */
struct client {
	__be32 address;
	__u32 port;
};

struct connection {
	struct bpf_spin_lock lock; /* of what is waited for */
	__u32 waits; /* for memcached to confirm a SET: NOTHING, MANY, or a slot's number and 1 */
	__u32 expected; /* number of the next byte */
	__u32 body; /* bytes that are left of a value, with the line's end behind it */
	struct line line;
};

#define NOTHING 0
#define MANY 0xffffffff

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct client);
	__type(value, struct connection);
	__uint(max_entries, 1024);
} CONNECTIONS SEC(".maps");

/* Notes that an answer will confirm something. */
static void wait(struct connection *connection, __u32 what)
{
	bpf_spin_lock(&connection->lock);
	connection->waits = connection->waits == NOTHING ? what : MANY;
	bpf_spin_unlock(&connection->lock);
}

/* Does what a command means for the cache. Returns how many bytes follow it. */
static __attribute__((noinline)) __u32 command(struct connection *connection)
{
	struct line *line = &connection->line;
	__u32 slot = line->hash % SLOTS;
	__u64 name = line->name;
	int plain;

	/* They change nothing. But now not every answer confirms a SET. */
	if (name == WORD("get") || name == WORD("gets") || name == WORD("stats") || name == WORD("version") ||
	    name == WORD("mn") || name == WORD("quit")) {
		wait(connection, MANY);
		return 0;
	}
	if (line->words >= 5 && line->key_length <= 250 && !line->odd &&
	    (name == WORD("set") || name == WORD("add") || name == WORD("replace") || name == WORD("append") ||
	     name == WORD("prepend") || name == WORD("cas"))) {
		/* Who does not wait for an answer will not hear when it is done, and nobody hears when a value expires. */
		plain = name == WORD("set") && line->expires == WORD("0") && line->words == 5;
		if (plain)
			wait(connection, slot + 1);
		forget(slot, !plain);
		return line->number + 2;
	}
	if (line->words >= 2 &&
	    (name == WORD("delete") || name == WORD("incr") || name == WORD("decr") || name == WORD("touch"))) {
		forget(slot, 1);
		wait(connection, MANY);
		return 0;
	}
	off = 1;
	return 0;
}

/* A byte that a client has sent. */
static __attribute__((noinline)) int next(struct connection *connection, __u8 byte)
{
	struct line *line = &connection->line;

	if (connection->body) {
		/* Should it not end as it must, nobody knows where the next command begins. */
		if ((connection->body == 2 && byte != '\r') || (connection->body == 1 && byte != '\n'))
			off = 1;
		connection->body--;
	} else if (byte == '\n') {
		connection->body = command(connection);
		begin(line);
	} else if (line->length + line->returned >= MAX_LINE) {
		off = 1;
	} else {
		if (line->returned)
			take(line, '\r');
		line->returned = byte == '\r';
		if (byte != '\r')
			take(line, byte);
	}
	return 0;
}

/*
 * Takes what a client has sent: @size bytes at @from of the packet. The packet may go on to memcached, unless what comes before it has
 * yet to come: as it is dropped, the client sends both again.
 */
static int arrived(struct xdp_md *ctx, struct scratch *s, struct client *client, __u32 number, __u32 from, __u32 size)
{
	struct connection *connection = bpf_map_lookup_elem(&CONNECTIONS, client);
	__s32 known;
	int i;

	if (!connection)
		return !size; /* of a connection from before */
	known = connection->expected - number;
	if (known < 0)
		return 0;
	if (known >= size)
		return 1; /* it was here before */
	size -= known;
	if (!bounded(size) || bpf_xdp_load_bytes(ctx, from + known, s->bytes, size))
		return 0;
	connection->expected += size;
	bpf_for(i, 0, size)
		next(connection, s->bytes[i % SIZE]);
	return 1;
}

/* A packet of a connection. */
static int segment(struct xdp_md *ctx, struct scratch *s)
{
	void *end = (void *)(long)ctx->data_end;
	struct packet *packet = (void *)(long)ctx->data;
	struct client client = {};
	__u32 from, to, number;
	int syn, last, good;

	if ((void *)(packet + 1) > end)
		return XDP_DROP;
	client.address = packet->ip.saddr;
	client.port = packet->tcp.source;
	number = bpf_ntohl(packet->tcp.seq);
	syn = packet->tcp.syn;
	last = packet->tcp.fin || packet->tcp.rst;
	from = TRANSPORT + packet->tcp.doff * 4;
	to = sizeof(struct ethhdr) + bpf_ntohs(packet->ip.tot_len);
	if (from > to || to > bpf_xdp_get_buff_len(ctx))
		return XDP_DROP;
	if (syn) {
		struct connection new = { .expected = number + 1 };

		begin(&new.line);
		good = from == to && !bpf_map_update_elem(&CONNECTIONS, &client, &new, BPF_ANY);
	} else {
		good = arrived(ctx, s, &client, number, from, to - from);
	}
	if (good && last)
		bpf_map_delete_elem(&CONNECTIONS, &client);
	return good ? XDP_PASS : XDP_DROP;
}

enum { GET, OTHER, REFUSED };

/* What a datagram of @size bytes asks for: one GET, something else that changes nothing, or what nobody may ask over UDP. */
static __attribute__((noinline)) int request(struct scratch *s, __u32 size)
{
	struct frame *frame = (void *)s->bytes;
	struct line *line = &s->line;
	int i;

	if (size <= sizeof(*frame) || size >= SIZE || s->bytes[(size - 1) % SIZE] != '\n')
		return REFUSED;
	size--;
	if (size > sizeof(*frame) && s->bytes[(size - 1) % SIZE] == '\r')
		size--;
	begin(line);
	bpf_for(i, sizeof(*frame), size) {
		if (s->bytes[i % SIZE] == '\n')
			return REFUSED;
		take(line, s->bytes[i % SIZE]);
	}
	if (line->name == WORD("get") && line->words == 2 && !frame->number && frame->count == bpf_htons(1) &&
	    !frame->zero)
		return GET;
	return line->name == WORD("get") || line->name == WORD("gets") ? OTHER : REFUSED;
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

/* A packet with a request over UDP. */
static int datagram(struct xdp_md *ctx, struct scratch *s)
{
	struct packet *packet = (void *)(long)ctx->data;
	struct udphdr *udp = (void *)packet + TRANSPORT;
	unsigned char mac[ETH_ALEN];
	__u32 size, length, wanted;
	__be32 address;
	__be16 port;

	if ((void *)(udp + 1) > (void *)(long)ctx->data_end)
		return XDP_DROP;
	address = packet->ip.saddr;
	port = udp->source;
	size = bpf_ntohs(packet->ip.tot_len) - sizeof(struct iphdr) - sizeof(struct udphdr);
	if (!bounded(size) || bpf_xdp_load_bytes(ctx, DATAGRAM, s->bytes, size))
		return XDP_DROP;
	switch (request(s, size)) {
	case OTHER:
		return XDP_PASS;
	case REFUSED:
		return XDP_DROP;
	}
	length = look_up(s, ticket_of(address, port, ((struct frame *)s->bytes)->id));
	if (!bounded(length)) {
		count(MISS);
		return XDP_PASS;
	}
	/* The packet becomes the answer, if there is room: how much there is behind it is for the device's driver to say. */
	wanted = REPLY + length;
	if (bpf_xdp_adjust_tail(ctx, wanted - bpf_xdp_get_buff_len(ctx))) {
		count(NO_ROOM);
		return XDP_PASS;
	}
	packet = (void *)(long)ctx->data;
	udp = (void *)packet + TRANSPORT;
	if (bpf_xdp_store_bytes(ctx, REPLY, s->reply, length))
		return XDP_ABORTED;
	if ((void *)(udp + 1) > (void *)(long)ctx->data_end)
		return XDP_ABORTED;
	__builtin_memcpy(mac, packet->eth.h_dest, ETH_ALEN);
	__builtin_memcpy(packet->eth.h_dest, packet->eth.h_source, ETH_ALEN);
	__builtin_memcpy(packet->eth.h_source, mac, ETH_ALEN);
	packet->ip.saddr = packet->ip.daddr;
	packet->ip.daddr = address;
	packet->ip.tot_len = bpf_htons(wanted - sizeof(struct ethhdr));
	set_checksum(packet);
	udp->source = udp->dest;
	udp->dest = port;
	udp->len = bpf_htons(wanted - TRANSPORT);
	udp->check = 0; /* none, as IPv4 allows */
	count(HIT);
	return XDP_TX;
}

SEC("xdp")
int xdp_rx_filter(struct xdp_md *ctx)
{
	void *end = (void *)(long)ctx->data_end;
	struct packet *packet = (void *)(long)ctx->data;
	__be16 ports[2];
	struct scratch *s;
	__u32 key = 0;
	int verdict;

	if ((void *)packet + DATAGRAM > end || packet->eth.h_proto != bpf_htons(ETH_P_IP) ||
	    (packet->ip.protocol != IPPROTO_TCP && packet->ip.protocol != IPPROTO_UDP) ||
	    bpf_xdp_load_bytes(ctx, sizeof(struct ethhdr) + packet->ip.ihl * 4, ports, sizeof(ports)) ||
	    ports[1] != bpf_htons(MEMCACHED))
		return XDP_PASS;
	s = bpf_map_lookup_elem(&SCRATCH, &key);
	if (!s)
		return XDP_PASS;
	/* Others than those with plain headers are not understood. */
	if (packet->ip.version != 4 || packet->ip.ihl != 5 || packet->ip.frag_off & bpf_htons(0x3fff))
		verdict = XDP_DROP;
	else if (packet->ip.protocol == IPPROTO_TCP)
		verdict = segment(ctx, s);
	else
		verdict = datagram(ctx, s);
	if (verdict == XDP_DROP)
		count(DROPPED);
	return verdict;
}

/* Memcached answers: before the client hears it, what may be older than its SET is forgotten. */
static void answered(struct client *client)
{
	struct connection *connection = bpf_map_lookup_elem(&CONNECTIONS, client);
	__u32 waits = MANY;

	if (connection) {
		bpf_spin_lock(&connection->lock);
		waits = connection->waits;
		if (waits != MANY)
			connection->waits = NOTHING;
		bpf_spin_unlock(&connection->lock);
	}
	if (waits == MANY)
		__sync_fetch_and_add(&epoch, 1);
	else if (waits != NOTHING)
		forget(waits - 1, 0);
}

/* An answer over UDP leaves: @size bytes, with their frame. */
static void leaves(struct __sk_buff *skb, struct scratch *s, __be32 address, __be16 port, __u32 size)
{
	struct frame *frame = (void *)s->bytes;
	__u8 *reply = s->bytes + sizeof(*frame);
	__u32 end = size - 7, i;

	if (size < sizeof(*frame) + 13 || size > sizeof(*frame) + MAX_REPLY || !bounded(size) ||
	    bpf_skb_load_bytes(skb, DATAGRAM, s->bytes, size) || frame->number || frame->count != bpf_htons(1) ||
	    frame->zero || __builtin_memcmp(reply, "VALUE ", 6))
		return;
	for (i = 0; i < 7; i++)
		if (s->bytes[(end + i) % SIZE] != "\r\nEND\r\n"[i])
			return;
	/* Its second word is the key. */
	begin(&s->line);
	bpf_for(i, sizeof(*frame), size) {
		take(&s->line, s->bytes[i % SIZE]);
		if (s->line.words == 2 && !s->line.within)
			break;
	}
	if (fill(s->line.hash % SLOTS, ticket_of(address, port, frame->id), (__u64 *)reply, size - sizeof(*frame)))
		count(FILLED);
}

SEC("tc")
int xdp_tx_filter(struct __sk_buff *skb)
{
	struct packet packet;
	struct scratch *s;
	__u32 key = 1;

	/* No answer of memcached's is shorter. */
	if (bpf_skb_load_bytes(skb, 0, &packet, sizeof(packet)) || packet.eth.h_proto != bpf_htons(ETH_P_IP) ||
	    packet.ip.ihl != 5 || packet.udp.source != bpf_htons(MEMCACHED))
		return TC_ACT_OK;
	s = bpf_map_lookup_elem(&SCRATCH, &key);
	if (packet.ip.protocol == IPPROTO_TCP) {
		struct client client = { packet.ip.daddr, packet.tcp.dest };

		if (skb->len > TRANSPORT + packet.tcp.doff * 4)
			answered(&client);
	} else if (packet.ip.protocol == IPPROTO_UDP && s) {
		leaves(skb, s, packet.ip.daddr, packet.udp.dest,
		       bpf_ntohs(packet.ip.tot_len) - sizeof(struct iphdr) - sizeof(struct udphdr));
	}
	return TC_ACT_OK;
}
