// SPDX-License-Identifier: GPL-2.0
/* Loads the extension and prints what it puts into its ring buffer. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <bpf/libbpf.h>
#include <librex.h>

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
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct bpf_link *link;
	struct ring_buffer *ring;

	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	prog = bpf_object__find_program_by_name(obj, "rex_prog1");
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(obj, "RINGBUF"),
				show, NULL, NULL);
	if (!prog || !ring) {
		fprintf(stderr, "no program rex_prog1 or no map RINGBUF in " REX_OBJECT "\n");
		return 1;
	}
	link = bpf_program__attach(prog);
	if (libbpf_get_error(link)) {
		perror("attach rex_prog1");
		return 1;
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	printf("attached\n");
	fflush(stdout);
	while (!stopped)
		ring_buffer__poll(ring, 100 /* ms */);
	bpf_link__destroy(link);
	ring_buffer__free(ring);
	return 0;
}
