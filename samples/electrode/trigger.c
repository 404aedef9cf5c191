// SPDX-License-Identifier: GPL-2.0
/*
 * ./trigger OPERATIONS [SEED]: a client of three replicas, each a process in its network namespace. One that follows is killed on the
 * way and comes back. In the end all logs must be the same. This is done twice: with help from the kernel, and without.
 *
 * With a seed, four clients, a network that loses, delays and doubles, leaders that are cut off and killed, and all of that once; then
 * what clients have seen, a line for each operation: client, key, "get", "put VALUE" or "cas EXPECTED VALUE", result, and when it began
 * and ended. toolchain/acceptance judges it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "trigger/electrode.h"

struct trial *trial;

void die(const char *what)
{
	perror(what);
	exit(1);
}

uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

uint32_t random_below(uint32_t *state, uint32_t bound)
{
	*state = *state * 1664525 + 1013904223;
	return (uint64_t)*state * bound >> 32;
}

struct sockaddr_in address_of(uint32_t host)
{
	return (struct sockaddr_in){ .sin_family = AF_INET,
				     .sin_port = htons(trial->help ? PORT : PORT + 1),
				     .sin_addr.s_addr = htonl(0x0a000002 + ((host - 1) << 8)) };
}

void enter(uint32_t host)
{
	char path[32];
	int space;

	snprintf(path, sizeof(path), "/run/netns/r%u", host);
	space = open(path, O_RDONLY);
	if (space < 0 || setns(space, CLONE_NEWNET))
		die(path);
	close(space);
}

int open_socket(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0), on = 1;

	/* Nobody completes the checksum of what a bad network passes on. */
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof(on)))
		die("socket");
	return fd;
}

void say_to(const struct sockaddr_in *to, int fd, uint32_t kind, uint32_t view, uint32_t slot, uint32_t replica,
	    uint64_t value)
{
	struct message m = { htonl(kind), htonl(view), htonl(slot), htonl(replica), htobe64(value) };

	/* Whoever is not there just now will be asked again. */
	sendto(fd, &m, sizeof(m), 0, (const void *)to, sizeof(*to));
}

int hear_from(struct sockaddr_in *from, int fd, int wait, struct message *m)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	socklen_t size = sizeof(*from);

	poll(&ready, 1, wait);
	if (recvfrom(fd, m, sizeof(*m), MSG_DONTWAIT, (void *)from, from ? &size : NULL) != sizeof(*m))
		return 0;
	m->kind = ntohl(m->kind);
	m->view = ntohl(m->view);
	m->slot = ntohl(m->slot);
	m->replica = ntohl(m->replica);
	m->value = be64toh(m->value);
	return 1;
}

static pid_t replicas[REPLICAS + 1];

static pid_t start(void (*what)(uint32_t), uint32_t number)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	what(number);
	exit(1);
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void start_wire(uint32_t unused)
{
	(void)unused;
	wire();
}

static void await(_Atomic uint32_t *value, uint32_t wanted, const char *what)
{
	uint64_t begin = now_ns();

	while (*value < wanted) {
		usleep(1000);
		if (now_ns() - begin > 60000000000ull) {
			fprintf(stderr, "%s: %u of %u after a minute\n", what, *value, wanted);
			exit(1);
		}
	}
}

/* Waits until a part of all operations has been answered. */
static void await_part(uint32_t n, uint32_t of)
{
	await(&trial->answered, trial->operations * n / of, "operations answered");
}

/* A leader is cut off while others lead, then comes back; the next one is killed, and comes back. */
static void trouble(void)
{
	uint32_t leader;

	await_part(1, 6);
	leader = trial->leader;
	trial->apart[leader] = 1;
	await(&trial->views, trial->views + 1, "views");
	await_part(2, 6);
	trial->apart[leader] = 0;
	await_part(3, 6);
	leader = trial->leader;
	trial->cut[leader] = 1;
	stop(replicas[leader]);
	await_part(4, 6);
	trial->cut[leader] = 0;
	replicas[leader] = start(replica, leader);
}

/* One that follows is killed, and comes back. */
static void little_trouble(void)
{
	await_part(1, 3);
	stop(replicas[REPLICAS]);
	await_part(2, 3);
	replicas[REPLICAS] = start(replica, REPLICAS);
}

static int by_size(const void *a, const void *b)
{
	return *(const uint32_t *)a < *(const uint32_t *)b ? -1 : *(const uint32_t *)a > *(const uint32_t *)b;
}

static uint32_t median(const uint32_t *list, uint32_t n)
{
	static uint32_t sorted[MAX_SLOTS];

	memcpy(sorted, list, n * sizeof(*list));
	qsort(sorted, n, sizeof(*list), by_size);
	return sorted[n / 2];
}

/* Waits until all logs have the same length, and compares them. */
static int compare(void)
{
	uint32_t i, slot, length;

	for (i = 1; i <= REPLICAS; i++)
		await(&trial->disk[i].length, trial->disk[trial->leader].length, "entries of a log");
	length = trial->disk[1].length;
	for (i = 2; i <= REPLICAS; i++) {
		for (slot = 1; slot <= length; slot++) {
			if (trial->disk[i].log[slot] != trial->disk[1].log[slot]) {
				printf("replica %u has something else in slot %u\n", i, slot);
				return 1;
			}
		}
	}
	printf("%d logs of %u entries are the same\n", REPLICAS, length);
	return 0;
}

static void print_history(void)
{
	uint32_t i;

	for (i = 0; i < trial->operations; i++) {
		const struct event *e = &trial->history[i];
		const struct operation *o = &e->operation;

		printf("%u %u ", o->client, o->key);
		if (o->kind == GET)
			printf("get");
		else if (o->kind == PUT)
			printf("put %u", o->value);
		else
			printf("cas %u %u", o->expected, o->value);
		printf(" %llu %llu %llu\n", (unsigned long long)e->result, (unsigned long long)e->begin,
		       (unsigned long long)e->end);
	}
}

static int try(uint32_t operations, uint32_t clients, int help, uint32_t seed, void (*meanwhile)(void))
{
	pid_t bad_network = 0;
	uint32_t i;
	int differ;

	memset(trial, 0, sizeof(*trial));
	trial->clients = clients;
	trial->operations = operations / clients * clients;
	trial->help = help;
	trial->seed = seed;
	if (seed)
		bad_network = start(start_wire, 0);
	for (i = 1; i <= REPLICAS; i++)
		replicas[i] = start(replica, i);
	await(&trial->views, 1, "leaders");
	for (i = 1; i <= clients; i++)
		start(client, i);
	meanwhile();
	await(&trial->answered, trial->operations, "operations answered");
	if (seed)
		print_history();
	differ = compare();
	printf("%u commits %s, median %u us, %u messages again\n", trial->committed,
	       help ? "with the kernel's help" : "without", median(trial->took + 1, trial->committed), trial->again);
	printf("processes have seen %u requests, %u acceptances; %u views\n", trial->requests, trial->acceptances,
	       trial->views);
	if (seed) {
		printf("%u packets lost, %u came twice\n", trial->lost, trial->doubled);
		stop(bad_network);
	}
	for (i = 1; i <= REPLICAS; i++)
		stop(replicas[i]);
	return differ;
}

int main(int argc, char **argv)
{
	uint32_t operations = argc > 1 ? atoi(argv[1]) : 0, seed = argc > 2 ? atoi(argv[2]) : 0;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (operations < 100 || operations > MAX_SLOTS / 2) {
		fprintf(stderr, "usage: %s OPERATIONS [SEED]; 100 to %d operations\n", argv[0], MAX_SLOTS / 2);
		return 1;
	}
	trial = mmap(NULL, sizeof(*trial), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (trial == MAP_FAILED)
		die("mmap");
	if (seed)
		return try(operations, CLIENTS, 1, seed, trouble);
	return try(operations, 1, 1, 0, little_trouble) || try(operations, 1, 0, 0, little_trouble);
}
