// SPDX-License-Identifier: GPL-2.0
/* Sends to this machine: three UDP packets and an attempt to connect. */
#include <arpa/inet.h>
#include <stdio.h>
#include <unistd.h>

static int datagram(int port)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	int failed = fd < 0 || sendto(fd, "sixteen bytes...", 16, 0, (void *)&to, sizeof(to)) != 16;

	close(fd);
	return failed;
}

int main(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	printf("connect: %s\n", connect(fd, (void *)&to, sizeof(to)) ? "refused" : "worked");
	close(fd);
	printf("plain: %s\n", datagram(4241) ? "failed" : "sent");
	printf("to be cut: %s\n", datagram(4242) ? "failed" : "sent");
	printf("to be shot: %s\n", datagram(4243) ? "failed" : "sent");
	return 0;
}
