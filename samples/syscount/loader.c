// SPDX-License-Identifier: GPL-2.0
/* Counts system calls until it is interrupted, then prints the table. */
#include <stdio.h>

#include <bpf/bpf.h>

#include "syscount.skel.h"

static __u64 look_up(struct bpf_map *map, __u32 key)
{
	__u64 value = 0;

	bpf_map__lookup_elem(map, &key, sizeof(key), &value, sizeof(value), 0);
	return value;
}

int main(void)
{
	struct syscount *skel = syscount__load();
	__u32 key, next, *previous = NULL;

	if (!skel || syscount__attach(skel))
		return 1;
	rex_wait("attached");
	syscount__detach(skel);
	printf("%8s %8s %8s %12s\n", "SYSCALL", "CALLS", "ERRORS", "LATENCY(us)");
	while (!bpf_map__get_next_key(skel->maps.SYSCALL_COUNTS, previous, &next, sizeof(next))) {
		key = next;
		previous = &key;
		printf("%8u %8llu %8llu %12llu\n", key, look_up(skel->maps.SYSCALL_COUNTS, key),
		       look_up(skel->maps.SYSCALL_ERRORS, key),
		       look_up(skel->maps.SYSCALL_LATENCY, key) / 1000);
	}
	return 0;
}
