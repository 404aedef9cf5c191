/* SPDX-License-Identifier: GPL-2.0 */
/* What the processes of the trial have in common. */
#ifndef ELECTRODE_H
#define ELECTRODE_H

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdint.h>

#define REPLICAS 3
#define CLIENTS 4
#define HOSTS (REPLICAS + 1) /* the last one is the clients' */
#define PORT 4343 /* the programs in the kernel know it; the next one they don't */
#define MAX_SLOTS 12000
#define KEYS 4

/*
 * As src/common.rs has them; others are for processes only. PREPARE and PROMISE begin a view, START is its leader's first word. MISSING
 * asks for a slot and some after it, or, if that is 0, for START. A client REQUESTs, and hears an ANSWER.
 */
enum { ACCEPT_ALL = 1, ACCEPT, ACCEPTED, HOLD, FOLLOW, PREPARE, PROMISE, START, MISSING, REQUEST, ANSWER };

struct message {
	uint32_t kind, view, slot, replica;
	uint64_t value;
} __attribute__((packed));

/* An operation on a register, as it is in a slot of the log. */
enum { GET, PUT, CAS };

struct operation {
	uint8_t client, kind : 4, key : 4;
	uint16_t number; /* of the client's, from 1 */
	uint16_t value;
	uint16_t expected; /* by CAS */
};

/* The same as the client has seen it; times are in nanoseconds. */
struct event {
	struct operation operation;
	uint64_t result, begin, end;
};

/* What replicas have on their disks: they lose nothing of it when they are killed. */
struct disk {
	_Atomic uint32_t view; /* that was promised: nothing is accepted of one before */
	_Atomic uint32_t
		normal; /* the last one whose leader's log this is; as long as it is not the same, nothing is accepted at all */
	_Atomic uint32_t length;
	uint64_t log[MAX_SLOTS + 1];
};

struct trial {
	/* What is tried. */
	uint32_t clients, operations; /* of all of them */
	uint32_t seed;
	int help; /* from the kernel */

	struct disk disk[REPLICAS + 1];
	_Atomic uint32_t leader; /* the last one */
	_Atomic uint32_t views; /* that were led */
	_Atomic uint32_t committed; /* in them */
	_Atomic uint32_t requests; /* to accept something, that a process has seen */
	_Atomic uint32_t acceptances; /* that a leader's process has seen */
	_Atomic uint32_t again; /* messages that were sent again */
	uint32_t took[MAX_SLOTS + 1]; /* until a slot was committed, us */

	_Atomic uint32_t answered;
	struct event history[MAX_SLOTS];

	/* What the network does to a host. */
	_Atomic int apart[HOSTS + 1]; /* from other replicas */
	_Atomic int cut[HOSTS + 1]; /* from all others */
	_Atomic uint32_t lost, doubled;
};

extern struct trial *trial;

void die(const char *what);
uint64_t now_ns(void);
uint32_t random_below(uint32_t *state, uint32_t bound);
struct sockaddr_in address_of(uint32_t host);
void enter(uint32_t host); /* its network namespace */
int open_socket(void);
void say_to(const struct sockaddr_in *to, int fd, uint32_t kind, uint32_t view, uint32_t slot, uint32_t replica,
	    uint64_t value);
int hear_from(struct sockaddr_in *from, int fd, int wait, struct message *m); /* ms; 0 if nothing has come */

/* Each is a process, and does not return. */
void replica(uint32_t number);
void client(uint32_t number);
void wire(void);

#endif
