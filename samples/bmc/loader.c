// SPDX-License-Identifier: GPL-2.0
/* ./loader DEVICE COMMAND...: puts the cache in front of a command that serves over a device, as long as that runs. */
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define PIN "/sys/fs/bpf/xdp_tx_filter"

static pid_t server;

static void stop(int sig)
{
	(void)sig;
	kill(server, SIGTERM);
}

/* One line: what the programs have counted since they were attached. */
static void show(int stats)
{
	static const char *const names[] = { "hits", "misses", "without room", "filled", "dropped" };
	int cpus = libbpf_num_possible_cpus(), cpu;
	__u64 values[cpus], sum;
	__u32 i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (bpf_map_lookup_elem(stats, &i, values)) {
			perror("map_stats");
			return;
		}
		for (sum = 0, cpu = 0; cpu < cpus; cpu++)
			sum += values[cpu];
		printf("%s%llu %s", i ? ", " : "", sum, names[i]);
	}
	printf("\n");
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned int device = argc > 2 ? if_nametoindex(argv[1]) : 0;
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = device, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct bpf_object *obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	struct bpf_program *rx, *tx;
	int err, stats;

	if (!obj)
		return 1;
	rx = bpf_object__find_program_by_name(obj, "xdp_rx_filter");
	tx = bpf_object__find_program_by_name(obj, "xdp_tx_filter");
	if (!rx || !tx || !device) {
		fprintf(stderr, "usage: %s DEVICE COMMAND...\n", argv[0]);
		return 1;
	}
	/* Pinned, it could also be attached by `tc filter add dev DEVICE egress bpf object-pinned`. */
	if (bpf_program__pin(tx, PIN)) {
		perror("pin " PIN);
		return 1;
	}
	opts.prog_fd = bpf_program__fd(tx);
	err = bpf_tc_hook_create(&hook);
	if ((err && err != -EEXIST) || bpf_tc_attach(&hook, &opts)) {
		perror("attach xdp_tx_filter");
		return 1;
	}
	if (bpf_xdp_attach(device, bpf_program__fd(rx), XDP_FLAGS_DRV_MODE, NULL)) {
		perror("attach xdp_rx_filter");
		return 1;
	}
	server = fork();
	if (!server) {
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	printf("attached\n");
	fflush(stdout);
	stats = bpf_object__find_map_fd_by_name(obj, "map_stats");
	while (!waitpid(server, NULL, WNOHANG)) {
		sleep(1);
		show(stats);
	}
	bpf_xdp_detach(device, XDP_FLAGS_DRV_MODE, NULL);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
	unlink(PIN);
	return 0;
}
