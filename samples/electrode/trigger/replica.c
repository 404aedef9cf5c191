// SPDX-License-Identifier: GPL-2.0
/*
 * A replica: Multi-Paxos with a leader for each view, which proposes one slot at a time. So whatever has a successor in a log is
 * committed, and logs may differ in their last slot at most.
 *
 * The process does all that its programs in the kernel do for it, should they leave it to it.
 */
#include <endian.h>
#include <stdlib.h>
#include <string.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "electrode.h"

#define MS 1000000ull
#define PATIENCE (50 * MS) /* until something is sent again */
#define AT_ONCE 32 /* missing slots that are sent */

/* As src/common.rs has it. */
struct state {
	uint32_t lock, view, follows, last, heard;
};

static uint32_t me, seed;
static struct disk *disk;
static int fd, state_map;
static struct ring_buffer *ring;

static enum { FOLLOWS, STANDS, LEADS } role;
static uint64_t sent, quiet; /* when: the last message to all, since when nothing was heard of a leader */
static uint64_t patience; /* with that */
static uint64_t complained; /* when: of a gap */
static uint32_t heard; /* by the kernel */

/* Of who stands, and of who joins a view: slots up to a goal come from another replica. */
static uint32_t source, next, goal, asked;

/* Of the leader. */
static uint32_t first; /* the log's length when the view began */
static uint32_t who, committed; /* who has the last slot; up to where all is applied */
static uint64_t proposed;
static uint16_t registers[KEYS];
static struct {
	uint16_t number; /* of the last operation that was applied */
	uint64_t result;
	struct operation wanted; /* none if its number is 0 */
	struct sockaddr_in address;
} of[CLIENTS + 1];

static uint32_t leader_of(uint32_t view)
{
	return (view - 1) % REPLICAS + 1;
}

static void say(uint32_t to, uint32_t kind, uint32_t slot, uint64_t value)
{
	struct sockaddr_in address = address_of(to);

	say_to(&address, fd, kind, disk->view, slot, me, value);
}

static void say_all(uint32_t kind, uint32_t slot, uint64_t value)
{
	uint32_t to;

	sent = now_ns();
	if (kind == ACCEPT && trial->help) {
		say(me % REPLICAS + 1, ACCEPT_ALL, slot, value);
		return;
	}
	for (to = 1; to <= REPLICAS; to++)
		if (to != me)
			say(to, kind, slot, value);
}

static struct state in_kernel(void)
{
	struct state state = {};
	uint32_t key = 0;

	if (bpf_map_lookup_elem(state_map, &key, &state))
		die("STATE");
	return state;
}

/* The kernel has accepted something. */
static int accepted(void *unused, void *data, size_t size)
{
	struct message m;
	uint32_t slot;

	(void)unused;
	if (size < sizeof(m) - 4)
		return 0;
	memcpy(&m.view, data, sizeof(m) - 4);
	slot = ntohl(m.slot);
	if (slot > disk->length + 1 || slot > MAX_SLOTS)
		die("LOG has a gap");
	if (slot == disk->length + 1) { /* else the process was killed when it had taken it */
		disk->log[slot] = be64toh(m.value);
		disk->length = slot;
	}
	return 0;
}

/* Takes what the kernel has accepted, and waits for what it is accepting just now. */
static void take(void)
{
	while (ring__avail_data_size(ring_buffer__ring(ring, 0)))
		ring_buffer__consume(ring);
}

static void wait_for_leader(void)
{
	role = FOLLOWS;
	source = 0;
	quiet = now_ns();
	patience = (800 + random_below(&seed, 800)) * MS;
}

/* Accepts nothing of earlier views from now on. */
static void promise(uint32_t view)
{
	struct sockaddr_in address = address_of(me % REPLICAS + 1);

	while (trial->help && in_kernel().view < view) {
		say_to(&address, fd, HOLD, view, 0, me, 0);
		usleep(10); /* it may wait for a neighbour's address */
	}
	take();
	disk->view = view;
	wait_for_leader();
}

static void follow_in_kernel(void)
{
	if (trial->help)
		say(me % REPLICAS + 1, FOLLOW, disk->length, 0);
}

static void stand(void)
{
	uint32_t view = disk->view + 1;

	while (leader_of(view) != me)
		view++;
	promise(view);
	role = STANDS;
	say_all(PREPARE, 0, 0);
}

/* It has the log that the view begins with. */
static void lead(void)
{
	disk->normal = disk->view;
	role = LEADS;
	first = disk->length;
	who = 1 << me;
	committed = 0;
	memset(registers, 0, sizeof(registers));
	memset(of, 0, sizeof(of));
	trial->leader = me;
	trial->views++;
	say_all(START, first, 0);
}

/* It has the log that the leader's view began with. */
static void join(void)
{
	disk->normal = disk->view;
	source = 0;
	follow_in_kernel();
	say(leader_of(disk->view), ACCEPTED, disk->length, 0);
}

/* Has all that it was to fetch, or asks for more. */
static void fetch(void)
{
	if (next <= goal) {
		asked = next;
		say(source, MISSING, next, 0);
		return;
	}
	disk->length = goal; /* the last slot may have been somebody else's */
	if (role == STANDS)
		lead();
	else
		join();
}

static void fetch_from(uint32_t replica, uint32_t length)
{
	source = replica;
	goal = length;
	next = disk->length > 0 ? disk->length : 1;
	fetch();
}

static void fetched(uint32_t slot, uint64_t value)
{
	if (slot != next)
		return;
	quiet = now_ns();
	disk->log[slot] = value;
	if (slot > disk->length)
		disk->length = slot;
	next++;
	if (next > goal || next == asked + AT_ONCE)
		fetch();
}

static void apply(uint32_t slot)
{
	struct operation o;
	uint16_t *r;

	memcpy(&o, &disk->log[slot], sizeof(o));
	if (o.client < 1 || o.client > CLIENTS || o.key >= KEYS)
		die("an operation that is none");
	if (o.number > of[o.client].number) { /* else it is there twice */
		r = &registers[o.key];
		of[o.client].result = o.kind == GET ? *r : o.kind == PUT || *r == o.expected;
		if (o.kind != GET && of[o.client].result)
			*r = o.value;
		of[o.client].number = o.number;
	}
}

static void answer(uint32_t client)
{
	say_to(&of[client].address, fd, ANSWER, disk->view, of[client].number, me, of[client].result);
	of[client].wanted.number = 0;
}

static int majority(void)
{
	return __builtin_popcount(who) > REPLICAS / 2;
}

static void count(uint32_t replica);

/* Puts the next operation that somebody wants into the log, if nothing is on its way. */
static void propose(void)
{
	static uint32_t last;
	uint32_t i, client;

	if (committed < disk->length || !majority())
		return;
	for (i = 1; i <= CLIENTS; i++) {
		client = (last + i) % CLIENTS + 1;
		if (of[client].wanted.number <= of[client].number || disk->length == MAX_SLOTS)
			continue;
		last = client - 1;
		memcpy(&disk->log[disk->length + 1], &of[client].wanted, sizeof(uint64_t));
		disk->length++;
		who = 0;
		proposed = now_ns();
		say_all(ACCEPT, disk->length, disk->log[disk->length]);
		count(me);
		return;
	}
}

/* Somebody has accepted the last slot. */
static void count(uint32_t replica)
{
	uint32_t client;

	who |= 1 << replica;
	if (!majority())
		return;
	if (committed < disk->length && disk->length > first) {
		trial->took[disk->length] = (now_ns() - proposed) / 1000;
		trial->committed++;
	}
	while (committed < disk->length)
		apply(++committed);
	for (client = 1; client <= CLIENTS; client++)
		if (of[client].wanted.number && of[client].wanted.number == of[client].number)
			answer(client);
	propose();
}

static void request(const struct message *m, const struct sockaddr_in *from)
{
	struct operation o;

	memcpy(&o, &m->value, sizeof(o));
	if (o.client < 1 || o.client > CLIENTS || o.number < of[o.client].number)
		return;
	of[o.client].wanted = o;
	of[o.client].address = *from;
	if (o.number == of[o.client].number)
		answer(o.client);
	else
		propose();
}

/* A leader wants something accepted, or somebody sends what was missing. */
static void accept_slot(const struct message *m)
{
	if (m->replica == source) {
		fetched(m->slot, m->value);
		return;
	}
	if (role != FOLLOWS || m->replica != leader_of(disk->view))
		return;
	quiet = now_ns();
	if (disk->normal != disk->view) {
		if (!source)
			say(m->replica, MISSING, 0, 0);
		return;
	}
	trial->requests++;
	if (m->slot == disk->length + 1 && m->slot <= MAX_SLOTS) {
		disk->log[m->slot] = m->value;
		disk->length = m->slot;
		follow_in_kernel();
	}
	if (m->slot <= disk->length) {
		say(m->replica, ACCEPTED, m->slot, 0);
	} else if (now_ns() - complained > PATIENCE / 5) { /* what was asked for may be on its way */
		complained = now_ns();
		say(m->replica, MISSING, disk->length + 1, 0);
	}
}

static void handle(const struct message *m, const struct sockaddr_in *from)
{
	uint32_t slot;

	if (m->kind == REQUEST) {
		if (role == LEADS)
			request(m, from);
		return;
	}
	if (m->view > disk->view && (m->kind == PREPARE || m->kind == START || m->kind == ACCEPT))
		promise(m->view);
	if (m->view != disk->view)
		return;
	switch (m->kind) {
	case ACCEPT:
		accept_slot(m);
		break;
	case ACCEPTED:
		trial->acceptances++;
		if (role == LEADS && m->slot == disk->length)
			count(m->replica);
		break;
	case PREPARE:
		if (disk->normal != disk->view)
			say(m->replica, PROMISE, disk->length, disk->normal);
		break;
	case PROMISE: /* with its own, it is a majority's */
		if (role != STANDS || source)
			break;
		if (m->value > disk->normal || (m->value == disk->normal && m->slot > disk->length))
			fetch_from(m->replica, m->slot);
		else
			lead();
		break;
	case START:
		if (role != FOLLOWS)
			break;
		quiet = now_ns();
		if (disk->normal == disk->view)
			say(m->replica, ACCEPTED, m->slot, 0);
		else if (!source)
			fetch_from(m->replica, m->slot);
		break;
	case MISSING:
		if (m->slot == 0 && role == LEADS)
			say(m->replica, START, first, 0);
		for (slot = m->slot; slot && slot <= disk->length && slot < m->slot + AT_ONCE; slot++)
			say(m->replica, ACCEPT, slot, disk->log[slot]);
		break;
	}
}

/* Time has passed. */
static void tick(void)
{
	uint32_t in_the_kernel;

	if (role != LEADS && now_ns() - quiet > patience) {
		in_the_kernel = in_kernel().heard;
		if (trial->help && in_the_kernel != heard) {
			heard = in_the_kernel;
			quiet = now_ns();
			return;
		}
		stand();
		return;
	}
	if (now_ns() - sent < PATIENCE)
		return;
	sent = now_ns();
	if (source)
		fetch();
	else if (role == STANDS)
		say_all(PREPARE, 0, 0);
	else if (role == LEADS && !majority() && disk->length == first)
		say_all(START, first, 0);
	else if (role == LEADS) /* who is behind hears that there is more, and all, that there is a leader */
		say_all(ACCEPT, disk->length, disk->log[disk->length]);
	if (role == LEADS && !majority())
		trial->again++;
}

void replica(uint32_t number)
{
	struct sockaddr_in from, address = address_of(number);
	struct message m;
	char path[64];

	me = number;
	seed = trial->seed + number;
	disk = &trial->disk[me];
	enter(me);
	fd = open_socket();
	if (bind(fd, (void *)&address, sizeof(address)))
		die("bind");
	snprintf(path, sizeof(path), "/sys/fs/bpf/r%u/STATE", me);
	state_map = bpf_obj_get(path);
	snprintf(path, sizeof(path), "/sys/fs/bpf/r%u/LOG", me);
	ring = ring_buffer__new(bpf_obj_get(path), accepted, NULL, NULL);
	if (state_map < 0 || !ring)
		die(path);
	take();
	wait_for_leader();
	if (me == 1 && !disk->view)
		stand();
	for (;;) {
		int came = hear_from(&from, fd, PATIENCE / MS, &m);

		take();
		if (came)
			handle(&m, &from);
		tick();
	}
}
