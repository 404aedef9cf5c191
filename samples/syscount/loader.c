// SPDX-License-Identifier: GPL-2.0
/* Counts system calls until it is interrupted, then prints the table. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

static void wake(int sig)
{
	(void)sig;
}

static __u64 look_up(int fd, __u32 key)
{
	__u64 value = 0;

	bpf_map_lookup_elem(fd, &key, &value);
	return value;
}

int main(void)
{
	struct bpf_link *links[2];
	struct bpf_object *obj;
	struct bpf_program *prog;
	__u32 key, next, *previous = NULL;
	int counts, errors, latency, n = 0;

	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	counts = bpf_object__find_map_fd_by_name(obj, "SYSCALL_COUNTS");
	errors = bpf_object__find_map_fd_by_name(obj, "SYSCALL_ERRORS");
	latency = bpf_object__find_map_fd_by_name(obj, "SYSCALL_LATENCY");
	bpf_object__for_each_program(prog, obj) {
		struct bpf_link *link = bpf_program__attach(prog);

		if (libbpf_get_error(link) || n == 2) {
			perror("attach");
			return 1;
		}
		links[n++] = link;
	}
	signal(SIGINT, wake);
	signal(SIGTERM, wake);
	printf("attached\n");
	fflush(stdout);
	pause();
	while (n)
		bpf_link__destroy(links[--n]);
	printf("%8s %8s %8s %12s\n", "SYSCALL", "CALLS", "ERRORS", "LATENCY(us)");
	while (!bpf_map_get_next_key(counts, previous, &next)) {
		key = next;
		previous = &key;
		printf("%8u %8llu %8llu %12llu\n", key, look_up(counts, key),
		       look_up(errors, key), look_up(latency, key) / 1000);
	}
	return 0;
}
