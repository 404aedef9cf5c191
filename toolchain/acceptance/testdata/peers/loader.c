// SPDX-License-Identifier: GPL-2.0
/* Puts bits into maps that are values of what the program keeps there, and such that are none. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

struct peer {
	__u32 mark;
	__u8 state, trusted, history[2];
};

static int peers, raced, events, stop;

static void look(int fd)
{
	close(dup(fd));
}

static int put(struct peer peer)
{
	__u32 key = 7;

	if (bpf_map_update_elem(peers, &key, &peer, BPF_ANY)) {
		perror("update PEERS");
		return 1;
	}
	look(1);
	return 0;
}

/* Element 0 of RACED is rewritten while a program looks at it. */
static void *rewrite(void *arg)
{
	struct peer good = { 'a', 1, 1, { 1, 1 } }, bad = { 'a', 77, 1, { 1, 1 } };
	__u32 key = 0;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		bpf_map_update_elem(raced, &key, &good, BPF_ANY);
		bpf_map_update_elem(raced, &key, &bad, BPF_ANY);
	}
	return arg;
}

int main(void)
{
	static const struct peer given[] = {
		{ 'a', 1, 1, { 1, 3 } }, { 'b', 200, 0, { 201, 201 } },
		/* none of these is a value */
		{ 'c', 2, 1, { 1, 1 } }, { 'd', 1, 2, { 1, 1 } }, { 'e', 1, 1, { 1, 0 } },
		{ 0xd800, 1, 1, { 1, 1 } }, { 0x110000, 1, 1, { 1, 1 } },
	};
	struct bpf_object *obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	struct bpf_program *prog;
	struct peer left;
	pthread_t thread;
	__u32 key = 8;
	__u8 event;

	if (!obj)
		return 1;
	peers = bpf_object__find_map_fd_by_name(obj, "PEERS");
	raced = bpf_object__find_map_fd_by_name(obj, "RACED");
	events = bpf_object__find_map_fd_by_name(obj, "EVENTS");
	prog = bpf_object__find_program_by_name(obj, "rex_prog1");
	if (peers < 0 || raced < 0 || events < 0 || !prog || libbpf_get_error(bpf_program__attach(prog))) {
		fprintf(stderr, "cannot attach what is in " REX_OBJECT "\n");
		return 1;
	}
	for (size_t i = 0; i < sizeof(given) / sizeof(*given); i++)
		if (put(given[i]))
			return 1;
	if (bpf_map_lookup_elem(peers, &key, &left) || left.state != 201) {
		fprintf(stderr, "the program left no peer 8\n");
		return 1;
	}
	event = 3;
	bpf_map_update_elem(events, NULL, &event, BPF_ANY);
	event = 5;
	bpf_map_update_elem(events, NULL, &event, BPF_ANY);
	look(1);
	look(1);
	if (pthread_create(&thread, NULL, rewrite, NULL)) {
		perror("pthread_create");
		return 1;
	}
	for (int i = 0; i < 3000; i++)
		look(2);
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	printf("survived\n");
	return 0;
}
