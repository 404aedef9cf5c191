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
#define CLIENTS 4
#define KEYS 16 /* of each client, who alone SETs them */
#define REQUEST 1200 /* bytes to which a GET is padded: a veth has no room behind a packet for a longer answer */

static struct sockaddr_in server = { .sin_family = AF_INET };
static atomic_uint begun[CLIENTS][KEYS], confirmed[CLIENTS][KEYS];
static atomic_ulong gets, sets, wrong, lost;
static int wanted = 500; /* GETs of each client */

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* What a version of a key holds: its number, and as much as that of the key makes of it. */
static int make_value(char *value, int owner, int key, unsigned int version)
{
	static const int sizes[] = { 10, 40, 100, 500, 1000, 1100, 1300, 4000 };
	int size = sizes[(key + version) % 8], n = sprintf(value, "%u ", version);

	memset(value + n, 'a' + (owner * KEYS + key + version) % 26, size - n);
	return size;
}

static int dial(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1, tries;

	/* It may just be starting. */
	for (tries = 0; connect(fd, (void *)&server, sizeof(server)); tries++) {
		if (tries == 100)
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

/* SETs the next version of a key, in one piece or in several. */
static void set(int fd, int owner, int key, int pieces)
{
	unsigned int version = ++begun[owner][key];
	char text[8192], value[8192];
	int size = make_value(value, owner, key, version), length, n, part, i;

	n = sprintf(text, "set key-%d-%d 0 0 %d\r\n", owner, key, size);
	memcpy(text + n, value, size);
	memcpy(text + n + size, "\r\n", 2);
	length = n + size + 2;
	for (i = 0, n = 0; i < pieces; i++, n += part) {
		/* The first ones end within the command. */
		part = i == pieces - 1 ? length - n : 7;
		say(fd, text + n, part);
		if (pieces > 1)
			usleep(1000);
	}
	hear(fd, "STORED\r\n");
	confirmed[owner][key] = version;
	sets++;
}

/* GETs a key and compares; returns 0 if there was no answer. */
static int get(int fd, int owner, int key)
{
	static _Thread_local unsigned short id;
	char request[REQUEST], reply[8192], value[8192], head[64], part[2048];
	unsigned int oldest = confirmed[owner][key], newest, version = 0;
	int size, n, length = 0, parts = 1, seen, head_size;

	id++;
	memset(request, ' ', sizeof(request));
	memcpy(request, (char[]){ id >> 8, id, 0, 0, 0, 1, 0, 0 }, 8);
	n = sprintf(request + 8, "get key-%d-%d", owner, key);
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
		parts = part[5];
		/* They come in order on a veth. */
		if (part[3] != seen++)
			return 0;
		memcpy(reply + length, part + 8, n - 8);
		length += n - 8;
	}
	newest = begun[owner][key];
	gets++;
	if (length == 5 && !memcmp(reply, "END\r\n", 5)) {
		wrong += oldest > 0;
		return 1;
	}
	reply[length] = 0;
	head_size = strcspn(reply, "\n") + 1;
	sscanf(reply + head_size, "%u", &version);
	size = make_value(value, owner, key, version);
	sprintf(head, "VALUE key-%d-%d 0 %d\r\n", owner, key, size);
	if (version < oldest || version > newest || strncmp(reply, head, head_size) || length != head_size + size + 7 ||
	    memcmp(reply + head_size, value, size) || memcmp(reply + head_size + size, "\r\nEND\r\n", 7)) {
		fprintf(stderr, "key-%d-%d: version %u, not %u to %u: %.40s\n", owner, key, version, oldest, newest,
			reply);
		wrong++;
	}
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

static void *client(void *argument)
{
	int me = (long)argument, tcp = dial(), fd = udp();
	unsigned int seed = me + 1;

	int left = wanted;

	while (left > 0) {
		/* Some keys are asked for more often than others. */
		int owner = rand_r(&seed) % CLIENTS, key = rand_r(&seed) % KEYS * (rand_r(&seed) % KEYS) / KEYS;

		if (rand_r(&seed) % 40 == 0)
			set(tcp, me, key, 1 + (rand_r(&seed) % 10 == 0 ? rand_r(&seed) % 3 : 0));
		else if (get(fd, owner, key))
			left--;
		else
			lost++;
	}
	return NULL;
}

/* What is no GET must not harm, and changes nothing over UDP. */
static void misuse(void)
{
	static const char *const datagrams[] = {
		"",
		"get",
		"\0\1\0\0\0\1\0\0",
		"\0\1\0\0\0\1\0\0get ",
		"\0\1\0\0\0\1\0\0get key-0-0",
		"\0\1\0\0\0\1\0\0set key-0-0 0 0 1\r\nx\r\n",
		"\0\1\0\0\0\1\0\0get key-0-1\r\nset key-0-0 0 0 1\r\nx\r\n",
		"\0\1\0\0\0\2\0\0get key-0-0\r\n",
		"\0\1\0\0\0\1\0\0get  \r\n",
	};
	static const int sizes[] = { 0, 3, 8, 12, 19, 32, 45, 21, 15 };
	int fd = udp(), i;

	for (i = 0; i < 9; i++)
		send(fd, datagrams[i], sizes[i], 0);
	close(fd);
}

int main(int argc, char **argv)
{
	pthread_t threads[CLIENTS];
	struct timespec start, end;
	long milliseconds, i;
	int fd;

	server.sin_port = htons(PORT);
	if (argc < 2 || inet_pton(AF_INET, argv[1], &server.sin_addr) != 1) {
		fprintf(stderr, "usage: %s ADDRESS GETS\n", argv[0]);
		return 1;
	}
	if (argc > 2)
		wanted = atoi(argv[2]);
	fd = dial();
	set(fd, 0, 0, 1);
	misuse();
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < CLIENTS; i++)
		pthread_create(&threads[i], NULL, client, (void *)i);
	for (i = 0; i < CLIENTS; i++)
		pthread_join(threads[i], NULL);
	clock_gettime(CLOCK_MONOTONIC, &end);
	milliseconds = (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
	printf("%lu GETs, %lu SETs, %lu without an answer; %lu GETs a second\n", (unsigned long)gets,
	       (unsigned long)sets, (unsigned long)lost, gets * 1000 / (milliseconds + 1));
	printf("%lu wrong\n", (unsigned long)wrong);
	return wrong != 0;
}
