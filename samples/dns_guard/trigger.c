// SPDX-License-Identifier: GPL-2.0
/* ./trigger ADDRESS NAME...: asks a name server for each of them, and says whether there was an answer. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

static int server;

/* A query for the address of a name (RFC 1035, 4.1); @cut bytes are missing at its end. */
static void ask(const char *name, int cut)
{
	unsigned char query[512] = { 0x12, 0x34, 1, 0, 0, 1 }, answer[512];
	int n = 12, length;
	const char *label;

	for (label = name; *label; label += length + (label[length] == '.')) {
		length = strcspn(label, ".");
		query[n++] = length;
		memcpy(query + n, label, length);
		n += length;
	}
	n++;
	query[n + 1] = 1;
	query[n + 3] = 1;
	n += 4;
	send(server, query, n - cut, 0);
	errno = 0;
	length = recv(server, answer, sizeof(answer), 0);
	if (length == n && !memcmp(answer, "\x12\x34", 2) && (answer[3] & 15) == 3 &&
	    !memcmp(answer + 12, query + 12, n - 12))
		printf("%s: no such name\n", name);
	else if (length < 0 && errno == ECONNREFUSED)
		printf("%s: for the server, and there is none\n", name);
	else
		printf("%s: %d bytes, %s\n", name, length, strerror(errno));
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(53) };
	struct timeval patience = { .tv_sec = 5 };
	char name[253 + 1];
	int i;

	server = socket(AF_INET, SOCK_DGRAM, 0);
	if (argc < 2 || inet_pton(AF_INET, argv[1], &address.sin_addr) != 1 ||
	    connect(server, (void *)&address, sizeof(address))) {
		perror("connect");
		return 1;
	}
	setsockopt(server, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	for (i = 2; i < argc; i++)
		ask(argv[i], 0);
	/* What only begins like one: it ends within a label. */
	ask("ads.example.com", 10);
	/* The longest. */
	for (i = 0; i < 253; i++)
		name[i] = i % 2 ? '.' : 'x';
	name[253] = 0;
	ask(name, 0);
	return 0;
}
