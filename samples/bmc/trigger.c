// SPDX-License-Identifier: GPL-2.0
/*
 * ./trigger ADDRESS GETS: clients of memcached that SET over TCP and GET over UDP, and know what may be answered:
 * no value that is older than the last SET which was confirmed before the GET, and none that nobody has SET yet.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define PORT 11211
#define PLAIN (PORT + 1) /* where memcached listens, too, and the cache does not know it */
#define CLIENTS 4
#define KEYS 16 /* of each client, who alone SETs them */
#define SLOTS 1024 /* of the cache */
#define REQUEST 1200 /* bytes to which a GET is padded: a veth has no room behind a packet for a longer answer */
#define MOST 60000 /* bytes of a value */

static char names[CLIENTS][KEYS][32];
static atomic_uint begun[CLIENTS][KEYS], confirmed[CLIENTS][KEYS];
static atomic_ulong gets, sets, wrong, lost;
static struct sockaddr_in server = { .sin_family = AF_INET };

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* The cache's slot of a key (FNV-1a). */
static unsigned int slot_of(const char *key)
{
	unsigned int hash = 0x811c9dc5;

	while (*key)
		hash = (hash ^ (unsigned char)*key++) * 0x01000193;
	return hash % SLOTS;
}

/* Half of the keys share their slots with another client's. */
static void name_keys(void)
{
	int owner, key, n;

	for (key = 0; key < KEYS; key++)
		for (owner = 0; owner < CLIENTS; owner++) {
			char *name = names[owner][key];
			const char *other = names[(owner + 1) % CLIENTS][key % (KEYS / 2)];

			sprintf(name, "key-%d-%d", owner, key);
			for (n = 0; key >= KEYS / 2 && slot_of(name) != slot_of(other); n++)
				sprintf(name, "key-%d-%d-%d", owner, key, n);
		}
}

/* What a version of a key holds: as much as that of the key makes of it, of all sizes, and often about what the cache can just keep. */
static int make_value(char *value, int owner, int key, unsigned int version)
{
	static const int sizes[] = { 0, 1, 10, 40, 100, 500, 1000, 1150, 1165, 1300, 4000, MOST };
	unsigned int kind = (key + version) % 12;
	int size = sizes[kind];

	if (kind == 7 || kind == 8)
		size += (version * 7 + owner) % 15;
	memset(value, 'a' + (owner * KEYS + key + version) % 26, size);
	if (size > 10)
		value[sprintf(value, "%u", version)] = ' ';
	return size;
}

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, tries;

	/* It may just be starting. */
	for (tries = 0; connect(fd, (void *)&server, sizeof(server)); tries++) {
		if (tries == 1000)
			die("connect");
		usleep(50000);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

static void say(int fd, const char *text, int length)
{
	if (write(fd, text, length) != length)
		die("write");
}

static void hear(int fd, const char *wanted)
{
	char answer[256];
	int n = 0, length = strlen(wanted), more;

	while (n < length) {
		more = read(fd, answer + n, length - n);
		if (more <= 0)
			die("read");
		n += more;
	}
	if (memcmp(answer, wanted, length)) {
		fprintf(stderr, "memcached says %.*s\n", n, answer);
		exit(1);
	}
}

/* Writes the command for the next version of a key and returns its length. */
static int make_set(char *text, int owner, int key, unsigned int *version)
{
	static _Thread_local char value[MOST];
	int size, n;

	*version = ++begun[owner][key];
	size = make_value(value, owner, key, *version);
	n = sprintf(text, "set %s 0 0 %d\r\n", names[owner][key], size);
	memcpy(text + n, value, size);
	memcpy(text + n + size, "\r\n", 2);
	return n + size + 2;
}

/* SETs the next version of a key, in one piece, or cut anywhere. */
static void set(int fd, int owner, int key, int pieces, unsigned int *seed)
{
	static _Thread_local char text[MOST + 128];
	unsigned int version;
	int length = make_set(text, owner, key, &version), n = 0, part;

	for (; pieces > 1 && length - n > 1; pieces--, n += part) {
		/* Every other one early, within the command. */
		part = 1 + rand_r(seed) % (rand_r(seed) % 2 && length - n > 20 ? 20 : length - n - 1);
		say(fd, text + n, part);
		usleep(1000);
	}
	say(fd, text + n, length - n);
	hear(fd, "STORED\r\n");
	confirmed[owner][key] = version;
	sets++;
}

/* Two SETs at once, on a connection of their own. */
static void set_two(int owner, int key)
{
	static _Thread_local char text[2 * MOST + 256];
	int fd = dial(), other = (key + 1) % KEYS, length;
	unsigned int versions[2];

	length = make_set(text, owner, key, &versions[0]);
	length += make_set(text + length, owner, other, &versions[1]);
	say(fd, text, length);
	hear(fd, "STORED\r\nSTORED\r\n");
	confirmed[owner][key] = versions[0];
	confirmed[owner][other] = versions[1];
	sets += 2;
	close(fd);
}

/* Whether an answer is what memcached would say of a version of a key; of version 0, which nobody has SET, that there is none. */
static int is_version(const char *reply, int length, int owner, int key, unsigned int version)
{
	static _Thread_local char value[MOST];
	char head[64];
	int size, n;

	if (!version)
		return length == 5 && !memcmp(reply, "END\r\n", 5);
	size = make_value(value, owner, key, version);
	n = sprintf(head, "VALUE %s 0 %d\r\n", names[owner][key], size);
	return length == n + size + 7 && !memcmp(reply, head, n) && !memcmp(reply + n, value, size) &&
	       !memcmp(reply + n + size, "\r\nEND\r\n", 7);
}

/* GETs a key and compares; returns 0 if there was no answer. */
static int get(int fd, int owner, int key)
{
	static _Thread_local unsigned short id;
	static _Thread_local char reply[2 * MOST];
	char request[REQUEST], part[2048];
	unsigned int oldest = confirmed[owner][key], newest, version;
	int n, length = 0, parts = 1, seen;

	id++;
	memset(request, ' ', sizeof(request));
	memcpy(request, (char[]){ id >> 8, id, 0, 0, 0, 1, 0, 0 }, 8);
	n = sprintf(request + 8, "get %s", names[owner][key]);
	request[8 + n] = ' ';
	memcpy(request + sizeof(request) - 2, "\r\n", 2);
	if (send(fd, request, sizeof(request), 0) != sizeof(request))
		die("send");
	for (seen = 0; seen < parts;) {
		n = recv(fd, part, sizeof(part), 0);
		if (n < 8)
			return 0;
		if ((unsigned char)part[0] != id >> 8 || (unsigned char)part[1] != (id & 255))
			continue; /* a late one */
		parts = (unsigned char)part[5];
		/* They come in order on a veth. */
		if ((unsigned char)part[3] != seen++ || length + n >= (int)sizeof(reply))
			return 0;
		memcpy(reply + length, part + 8, n - 8);
		length += n - 8;
	}
	reply[length] = 0;
	newest = begun[owner][key];
	gets++;
	for (version = newest + 1; version-- > oldest;)
		if (is_version(reply, length, owner, key, version))
			return 1;
	fprintf(stderr, "%s: not of version %u to %u: %.*s\n", names[owner][key], oldest, newest,
		(int)strcspn(reply, "\r"), reply);
	wrong++;
	return 1;
}

static int udp(void)
{
	struct timeval patience = { .tv_usec = 500000 };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (connect(fd, (void *)&server, sizeof(server)))
		die("connect");
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	return fd;
}

/* What is no GET must not harm, and changes nothing over UDP. */
static void misuse(int fd, unsigned int *seed)
{
	static const struct {
		const char *text;
		int size;
	} datagrams[] = {
		{ "", 0 },
		{ "get", 3 },
		{ "\0\1\0\0\0\1\0\0", 8 },
		{ "\0\1\0\0\0\1\0\0get ", 12 },
		{ "\0\1\0\0\0\1\0\0get key-0-0", 19 },
		{ "\0\1\0\0\0\1\0\0set key-0-0 0 0 1\r\nx\r\n", 32 },
		{ "\0\1\0\0\0\1\0\0get key-0-1\r\nset key-0-0 0 0 1\r\nx\r\n", 45 },
		{ "\0\1\0\0\0\2\0\0get key-0-0\r\n", 21 },
		{ "\0\1\0\0\0\1\0\0get  \r\n", 15 },
		{ "\0\1\0\0\0\1\0\0get key-0-0 key-0-1\r\n", 29 },
	};
	char request[] = "\0\1\0\0\0\1\0\0get key-0-0\r\n";
	int kind = rand_r(seed) % 12;

	if (kind < 10) {
		send(fd, datagrams[kind].text, datagrams[kind].size, 0);
		return;
	}
	/* One with a few wrong bytes, or that ends too early; no such change makes a whole SET of it. */
	request[rand_r(seed) % 21] = rand_r(seed);
	request[rand_r(seed) % 21] = rand_r(seed);
	send(fd, request, rand_r(seed) % 22, 0);
}

static int wanted; /* GETs of each client */

static void *client(void *argument)
{
	int me = (long)argument, tcp = dial(), fd = udp(), bad = udp(), left = wanted;
	unsigned int seed = me + 1;

	while (left > 0) {
		/* Some keys are asked for more often than others. */
		int owner = rand_r(&seed) % CLIENTS, key = rand_r(&seed) % KEYS * (rand_r(&seed) % KEYS) / KEYS;

		switch (rand_r(&seed) % 400) {
		case 0 ... 5:
			set(tcp, me, key, 1, &seed);
			break;
		case 6 ... 8:
			set(tcp, me, key, 2 + rand_r(&seed) % 4, &seed);
			break;
		case 9:
			set_two(me, key);
			break;
		case 10 ... 19:
			/* Without the cache a SET over UDP would be one. */
			if (server.sin_port == htons(PORT))
				misuse(bad, &seed);
			break;
		default:
			if (get(fd, owner, key))
				left--;
			else
				lost++;
		}
	}
	close(tcp);
	close(fd);
	close(bad);
	return NULL;
}

/* All clients at a port, and GETs a second. */
static unsigned long trial(int port, int count)
{
	pthread_t threads[CLIENTS];
	struct timespec start, end;
	unsigned long before = gets;
	long i;

	server.sin_port = htons(port);
	wanted = count;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < CLIENTS; i++)
		pthread_create(&threads[i], NULL, client, (void *)i);
	for (i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return (gets - before) * 1000 /
	       ((end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000 + 1);
}

int main(int argc, char **argv)
{
	unsigned long rate, plain;
	unsigned int seed = 1;
	int count, fd;

	if (argc < 3 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
		fprintf(stderr, "usage: %s ADDRESS GETS\n", argv[0]);
		return 1;
	}
	count = atoi(argv[2]);
	name_keys();
	server.sin_port = htons(PORT);
	fd = dial();
	set(fd, 0, 0, 1, &seed);
	close(fd);
	rate = trial(PORT, count);
	printf("%lu GETs, %lu SETs, %lu without an answer; %lu GETs a second\n", (unsigned long)gets,
	       (unsigned long)sets, (unsigned long)lost, rate);
	/* After what it does not understand the cache answers nothing any more, and memcached all. */
	fd = dial();
	say(fd, "nonsense\r\n", 10);
	hear(fd, "ERROR\r\n");
	close(fd);
	trial(PORT, count / 10);
	plain = trial(PLAIN, count);
	printf("without the cache %lu GETs a second\n", plain);
	printf("%lu wrong\n", (unsigned long)wrong);
	return wrong != 0;
}
