// SPDX-License-Identifier: GPL-2.0
/* ./loader DEVICE PATTERN...: refuses names that match, and prints them, as long as it runs. */
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define MAX_PATTERN 60

struct pattern {
	__u32 length;
	char text[MAX_PATTERN];
};

static volatile sig_atomic_t stopped;

static void stop(int sig)
{
	(void)sig;
	stopped = 1;
}

static int show(void *unused, void *name, size_t size)
{
	(void)unused;
	printf("refused %.*s\n", (int)size, (char *)name);
	fflush(stdout);
	return 0;
}

int main(int argc, char **argv)
{
	unsigned int device = argc > 1 ? if_nametoindex(argv[1]) : 0;
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct ring_buffer *ring;
	struct pattern pattern;
	__u32 i;

	if (!device) {
		fprintf(stderr, "usage: %s DEVICE PATTERN...\n", argv[0]);
		return 1;
	}
	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	for (i = 0; i + 2 < (__u32)argc; i++) {
		pattern.length = strlen(argv[i + 2]);
		if (pattern.length > MAX_PATTERN) {
			fprintf(stderr, "%s: a pattern has up to %d characters\n", argv[i + 2], MAX_PATTERN);
			return 1;
		}
		memcpy(pattern.text, argv[i + 2], pattern.length);
		if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(obj, "PATTERNS"), &i, &pattern, BPF_ANY)) {
			perror(argv[i + 2]);
			return 1;
		}
	}
	ring = ring_buffer__new(bpf_object__find_map_fd_by_name(obj, "REFUSED"), show, NULL, NULL);
	prog = bpf_object__find_program_by_name(obj, "guard");
	if (!ring || !prog || bpf_xdp_attach(device, bpf_program__fd(prog), XDP_FLAGS_DRV_MODE, NULL)) {
		perror("attach guard");
		return 1;
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	printf("attached\n");
	fflush(stdout);
	while (!stopped)
		ring_buffer__poll(ring, 100 /* ms */);
	bpf_xdp_detach(device, XDP_FLAGS_DRV_MODE, NULL);
	return 0;
}
