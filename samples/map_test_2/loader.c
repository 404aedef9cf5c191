// SPDX-License-Identifier: GPL-2.0
/* Loads the extension and prints what it puts into its ring buffer. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "map_test_2.skel.h"

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static int show(void *unused, void *data, size_t size)
{
	long long number;

	(void)unused;
	if (size == sizeof(number)) {
		memcpy(&number, data, size);
		printf("ringbuf: %zu bytes: %lld\n", size, number);
	} else {
		printf("ringbuf: %zu bytes: %s\n", size, (char *)data);
	}
	fflush(stdout);
	return 0;
}

int main(void)
{
	struct map_test_2 *skel = map_test_2__load();
	struct ring_buffer *ring;

	if (!skel)
		return 1;
	ring = ring_buffer__new(bpf_map__fd(skel->maps.RINGBUF), show, NULL, NULL);
	if (!ring) {
		perror("read RINGBUF");
		return 1;
	}
	if (map_test_2__attach(skel))
		return 1;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	printf("attached\n");
	fflush(stdout);
	while (!stopped)
		ring_buffer__poll(ring, 100 /* ms */);
	map_test_2__detach(skel);
	ring_buffer__free(ring);
	return 0;
}
