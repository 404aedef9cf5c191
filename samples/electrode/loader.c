// SPDX-License-Identifier: GPL-2.0
/*
 * ./loader: gives each replica its programs, with maps of its own, for as long as this runs. Replica N is in network namespace rN;
 * its maps are pinned in /sys/fs/bpf/rN.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define REPLICAS 3

static int attach(struct bpf_object *obj)
{
	unsigned int device = if_nametoindex("eth0");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = device, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct bpf_program *xdp = bpf_object__find_program_by_name(obj, "fast_paxos_main");
	struct bpf_program *tc = bpf_object__find_program_by_name(obj, "fast_broad_cast_main");
	int err;

	if (!xdp || !tc) {
		fprintf(stderr, "no fast_paxos_main or fast_broad_cast_main in " REX_OBJECT "\n");
		return -1;
	}
	opts.prog_fd = bpf_program__fd(tc);
	err = bpf_tc_hook_create(&hook);
	if ((err && err != -EEXIST) || bpf_tc_attach(&hook, &opts)) {
		perror("attach fast_broad_cast_main");
		return -1;
	}
	if (bpf_xdp_attach(device, bpf_program__fd(xdp), XDP_FLAGS_DRV_MODE, NULL)) {
		perror("attach fast_paxos_main");
		return -1;
	}
	return 0;
}

static int pin(struct bpf_object *obj, int replica)
{
	static const char *const maps[] = { "STATE", "LOG" };
	char path[64];
	int i;

	snprintf(path, sizeof(path), "/sys/fs/bpf/r%d", replica);
	mkdir(path, 0700);
	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "/sys/fs/bpf/r%d/%s", replica, maps[i]);
		if (bpf_obj_pin(bpf_object__find_map_fd_by_name(obj, maps[i]), path)) {
			perror(path);
			return -1;
		}
	}
	return 0;
}

/* Should it lead, all others follow. */
static int name_followers(struct bpf_object *obj, int replica)
{
	int map = bpf_object__find_map_fd_by_name(obj, "FOLLOWERS");
	__u32 index = 0, address;
	int other;

	for (other = 1; other <= REPLICAS; other++) {
		if (other == replica)
			continue;
		address = htonl(0x0a000002 + ((other - 1) << 8)); /* 10.0.N.2 */
		if (bpf_map_update_elem(map, &index, &address, BPF_ANY)) {
			perror("FOLLOWERS");
			return -1;
		}
		index++;
	}
	return 0;
}

/* A veth takes what XDP sends back from its other end only if it has a program, too. */
static int let_pass(const char *device)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int prog = bpf_prog_load(BPF_PROG_TYPE_XDP, "pass", "GPL", insns, 2, NULL);

	if (prog < 0 || bpf_xdp_attach(if_nametoindex(device), prog, XDP_FLAGS_DRV_MODE, NULL)) {
		perror(device);
		return -1;
	}
	return 0;
}

int main(void)
{
	char path[64];
	int replica, home = open("/proc/self/ns/net", O_RDONLY), space;

	for (replica = 1; replica <= REPLICAS; replica++) {
		struct bpf_object *obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));

		snprintf(path, sizeof(path), "p%d", replica);
		if (!obj || let_pass(path) || pin(obj, replica) || name_followers(obj, replica))
			return 1;
		snprintf(path, sizeof(path), "/run/netns/r%d", replica);
		space = open(path, O_RDONLY);
		if (space < 0 || setns(space, CLONE_NEWNET)) {
			perror(path);
			return 1;
		}
		if (attach(obj) || setns(home, CLONE_NEWNET))
			return 1;
		close(space);
	}
	printf("attached\n");
	fflush(stdout);
	pause();
	return 0;
}
