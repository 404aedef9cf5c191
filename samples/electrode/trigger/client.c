// SPDX-License-Identifier: GPL-2.0
/* A client: one operation after the other, each until there is an answer. Whose value it is can be told of each one. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "electrode.h"

#define PATIENCE 100000000ull /* ns, until all replicas are asked */

static struct event *slot_for(struct operation o)
{
	/* Each has a part of the history. */
	return &trial->history[(o.client - 1) * (trial->operations / trial->clients) + o.number - 1];
}

void client(uint32_t number)
{
	uint16_t seen[KEYS] = {}, count;
	uint32_t seed = trial->seed * 31 + number, leader = trial->leader, replica;
	struct sockaddr_in to;
	struct message m;
	int fd;

	enter(HOSTS);
	fd = open_socket();
	for (count = 1; count <= trial->operations / trial->clients; count++) {
		struct operation o = { .client = number,
				       .number = count,
				       .kind = random_below(&seed, 3),
				       .key = random_below(&seed, KEYS) };
		struct event *e = slot_for(o);
		uint64_t value, sent = 0;

		if (trial->seed)
			usleep(random_below(&seed, 10000));
		if (o.kind != GET)
			o.value = number << 13 | count;
		if (o.kind == CAS)
			o.expected = seen[o.key];
		memcpy(&value, &o, sizeof(value));
		e->operation = o;
		e->begin = now_ns();
		for (;;) {
			if (now_ns() - sent > PATIENCE) {
				for (replica = 1; replica <= REPLICAS; replica++) {
					to = address_of(replica);
					if (sent || replica == leader)
						say_to(&to, fd, REQUEST, 0, count, number, value);
				}
				sent = now_ns();
			}
			if (hear_from(NULL, fd, PATIENCE / 1000000, &m) && m.kind == ANSWER && m.slot == count)
				break;
		}
		leader = m.replica;
		e->result = m.value;
		e->end = now_ns();
		if (o.kind == GET)
			seen[o.key] = m.value;
		else if (m.value)
			seen[o.key] = o.value;
		trial->answered++;
	}
	_exit(0);
}
