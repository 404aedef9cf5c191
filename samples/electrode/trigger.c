// SPDX-License-Identifier: GPL-2.0
/*
 * ./trigger COMMITS: three replicas, each a process in its network namespace, of which the first one leads. The third one is killed on
 * the way and comes back. In the end all logs must be the same.
 *
 * Each process does all that its programs in the kernel do for it, should they leave it to it.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#define REPLICAS 3
#define PORT 4343
#define MAX_COMMITS 10000
#define PATIENCE 50 /* ms until a message is sent again */
#define VIEW 0

/* As src/common.rs has them; MISSING, which asks for a slot and what comes after it, is for processes only. */
enum { ACCEPT_ALL = 1, ACCEPT, ACCEPTED, MISSING };

struct message {
	__u32 kind, view, slot, replica;
	__u64 value;
} __attribute__((packed));

struct state {
	__u32 lock, view, last;
};

/* What replicas have on their disks, and what is counted. */
static struct {
	struct {
		__u64 log[MAX_COMMITS + 1];
		_Atomic __u32 length;
	} disk[REPLICAS + 1];
	_Atomic __u32 committed, requests, acceptances, again;
	__u32 took[MAX_COMMITS]; /* us */
} *shared;

static __u32 commits = 1000;

/* Of the replica that this process is. */
static __u32 me;
static int fd, state;
static struct ring_buffer *ring;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static struct sockaddr_in address_of(__u32 replica)
{
	return (struct sockaddr_in){ .sin_family = AF_INET, .sin_port = htons(PORT),
				     .sin_addr.s_addr = htonl(0x0a000002 + ((replica - 1) << 8)) };
}

static void say(__u32 to, __u32 kind, __u32 slot, __u64 value)
{
	struct message m = { htonl(kind), htonl(VIEW), htonl(slot), htonl(me), htobe64(value) };
	struct sockaddr_in address = address_of(to);

	/* Whoever is not there just now will be asked again. */
	sendto(fd, &m, sizeof(m), 0, (void *)&address, sizeof(address));
}

/* Waits for a message; 0 if none has come. */
static int hear(struct message *m, int wait)
{
	struct pollfd ready[2] = { { .fd = fd, .events = POLLIN },
				   { .fd = ring_buffer__epoll_fd(ring), .events = POLLIN } };

	if (poll(ready, 2, wait) < 0 && errno != EINTR)
		die("poll");
	if (recv(fd, m, sizeof(*m), MSG_DONTWAIT) != sizeof(*m))
		return 0;
	m->kind = ntohl(m->kind);
	m->slot = ntohl(m->slot);
	m->replica = ntohl(m->replica);
	m->value = be64toh(m->value);
	return ntohl(m->view) == VIEW;
}

static void append(__u32 slot, __u64 value)
{
	if (slot != shared->disk[me].length + 1 || slot > MAX_COMMITS)
		return; /* it is there */
	shared->disk[me].log[slot] = value;
	shared->disk[me].length = slot;
}

/* The kernel has accepted something. */
static int accepted(void *unused, void *data, size_t size)
{
	__u64 value;
	__u32 slot;

	(void)unused;
	if (size == 12) {
		memcpy(&slot, data, 4);
		memcpy(&value, data + 4, 8);
		append(ntohl(slot), be64toh(value));
	}
	return 0;
}

static void follow(void)
{
	struct state now = {};
	__u32 key = 0, length;
	struct message m;
	int heard;

	for (;;) {
		heard = hear(&m, PATIENCE);
		ring_buffer__consume(ring);
		if (!heard || m.kind != ACCEPT)
			continue;
		shared->requests++;
		length = shared->disk[me].length;
		if (m.slot == length + 1) {
			append(m.slot, m.value);
			now.last = ++length;
			if (bpf_map_update_elem(state, &key, &now, BPF_ANY))
				die("STATE");
		}
		if (m.slot <= length)
			say(1, ACCEPTED, m.slot, 0);
		else
			say(1, MISSING, length + 1, 0);
	}
}

static long now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* Has a slot of the log accepted; returns when a majority has. */
static void propose(__u32 slot)
{
	__u64 *log = shared->disk[me].log;
	long start = now_us(), sent = start;
	struct message m;
	__u32 who = 1 << me, i;

	say(2, ACCEPT_ALL, slot, log[slot]);
	while (__builtin_popcount(who) <= REPLICAS / 2) {
		if (now_us() - sent > PATIENCE * 1000) {
			say(2, ACCEPT_ALL, slot, log[slot]);
			sent = now_us();
			shared->again++;
		}
		if (!hear(&m, PATIENCE))
			continue;
		if (m.kind == MISSING)
			for (i = m.slot; i < slot && i < m.slot + 32; i++)
				say(m.replica, ACCEPT, i, log[i]);
		if (m.kind != ACCEPTED)
			continue;
		shared->acceptances++;
		if (m.slot == slot)
			who |= 1 << m.replica;
	}
	if (slot > shared->committed) {
		shared->took[slot - 1] = now_us() - start;
		shared->committed = slot;
	}
}

static void lead(void)
{
	__u32 slot;

	for (slot = 1; slot <= commits; slot++) {
		append(slot, slot * 0x9e3779b97f4a7c15);
		propose(slot);
	}
	for (;;) { /* who is behind hears that there is more */
		usleep(PATIENCE * 1000);
		propose(commits);
	}
}

static pid_t start(__u32 replica)
{
	struct sockaddr_in address = address_of(replica);
	pid_t pid = fork();
	char path[64];

	if (pid < 0)
		die("fork");
	if (pid)
		return pid;
	me = replica;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(path, sizeof(path), "/run/netns/r%u", me);
	if (setns(open(path, O_RDONLY), CLONE_NEWNET))
		die(path);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (bind(fd, (void *)&address, sizeof(address)))
		die("bind");
	snprintf(path, sizeof(path), "/sys/fs/bpf/r%u/STATE", me);
	state = bpf_obj_get(path);
	snprintf(path, sizeof(path), "/sys/fs/bpf/r%u/LOG", me);
	ring = ring_buffer__new(bpf_obj_get(path), accepted, NULL, NULL);
	if (state < 0 || !ring)
		die(path);
	if (me == 1)
		lead();
	follow();
	return 0;
}

static void await(_Atomic __u32 *value, __u32 wanted, const char *what)
{
	long patience = now_us() + 60000000;

	while (*value < wanted) {
		usleep(1000);
		if (now_us() > patience) {
			fprintf(stderr, "%s: %u of %u after a minute\n", what, *value, wanted);
			exit(1);
		}
	}
}

static int by_size(const void *a, const void *b)
{
	return *(const __u32 *)a < *(const __u32 *)b ? -1 : *(const __u32 *)a > *(const __u32 *)b;
}

int main(int argc, char **argv)
{
	pid_t third;
	__u32 replica, slot;

	if (argc > 1)
		commits = atoi(argv[1]);
	if (commits < 3 || commits > MAX_COMMITS)
		commits = MAX_COMMITS;
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die("mmap");
	start(2);
	third = start(3);
	start(1);
	await(&shared->committed, commits / 3, "commits");
	kill(third, SIGKILL);
	waitpid(third, NULL, 0);
	await(&shared->committed, commits * 2 / 3, "commits without a replica");
	start(3);
	await(&shared->committed, commits, "commits");
	for (replica = 2; replica <= REPLICAS; replica++)
		await(&shared->disk[replica].length, commits, "entries of a follower's log");
	qsort(shared->took, commits, sizeof(shared->took[0]), by_size);
	printf("%u commits, median %u us, %u sent again\n", commits, shared->took[commits / 2], shared->again);
	printf("processes have seen %u requests, %u acceptances\n", shared->requests, shared->acceptances);
	for (replica = 1; replica <= REPLICAS; replica++) {
		for (slot = 1; slot <= commits; slot++) {
			if (shared->disk[replica].log[slot] != slot * 0x9e3779b97f4a7c15) {
				printf("replica %u has something else in slot %u\n", replica, slot);
				return 1;
			}
		}
	}
	printf("%d logs of %u entries are the same\n", REPLICAS, commits);
	return 0;
}
