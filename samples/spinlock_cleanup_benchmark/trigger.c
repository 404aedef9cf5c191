// SPDX-License-Identifier: GPL-2.0
/* ./trigger ADDRESS: sends five packets there. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0), i;

	inet_pton(AF_INET, argc > 1 ? argv[1] : "127.0.0.1", &to.sin_addr);
	for (i = 0; i < 5; i++) {
		if (sendto(fd, "packet", 6, 0, (void *)&to, sizeof(to)) != 6) {
			perror("send");
			return 1;
		}
	}
	return 0;
}
