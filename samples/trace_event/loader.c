// SPDX-License-Identifier: GPL-2.0
/* Samples this program on the CPU clock while it works, then prints how often each stack was hit. */
#include <linux/perf_event.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

struct key {
	char comm[16];
	int kernel_stack;
	int user_stack;
};

static void work(void)
{
	struct timespec start, now;

	clock_gettime(CLOCK_MONOTONIC, &start);
	do {
		getppid();
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec - start.tv_sec < 2);
}

int main(void)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.sample_period = 5000000, /* ns */
	};
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct bpf_link *link;
	struct key key, next;
	void *previous = NULL;
	__u64 count, address[127], hits = 0;
	int fd, counts, stacks;

	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	prog = bpf_object__find_program_by_name(obj, "rex_prog1");
	counts = bpf_object__find_map_fd_by_name(obj, "counts");
	stacks = bpf_object__find_map_fd_by_name(obj, "stackmap");
	fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (!prog || fd < 0) {
		perror("open the perf event");
		return 1;
	}
	link = bpf_program__attach_perf_event(prog, fd);
	if (libbpf_get_error(link)) {
		perror("attach rex_prog1");
		return 1;
	}
	work();
	bpf_link__destroy(link);
	while (!bpf_map_get_next_key(counts, previous, &next)) {
		key = next;
		previous = &key;
		if (bpf_map_lookup_elem(counts, &key, &count))
			continue;
		hits += count;
		address[0] = 0;
		bpf_map_lookup_elem(stacks, key.kernel_stack >= 0 ? &key.kernel_stack : &key.user_stack, address);
		printf("%llu hits in %.16s, stacks %d %d, at %#llx\n", count, key.comm, key.kernel_stack,
		       key.user_stack, address[0]);
	}
	printf("%s: %llu hits\n", hits ? "sampled" : "nothing", hits);
	return !hits;
}
