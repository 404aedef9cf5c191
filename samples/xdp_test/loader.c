// SPDX-License-Identifier: GPL-2.0
/* Attaches to the loopback device: XDP to what comes in, traffic control to what goes out. */
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <librex.h>

static void wake(int sig)
{
	(void)sig;
}

int main(void)
{
	unsigned int lo = if_nametoindex("lo");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = lo, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct bpf_object *obj;
	struct bpf_program *rx, *tx;
	int err;

	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	rx = bpf_object__find_program_by_name(obj, "xdp_rx_filter");
	tx = bpf_object__find_program_by_name(obj, "xdp_tx_filter");
	if (!rx || !tx) {
		fprintf(stderr, "no xdp_rx_filter or xdp_tx_filter in " REX_OBJECT "\n");
		return 1;
	}
	if (bpf_xdp_attach(lo, bpf_program__fd(rx), XDP_FLAGS_SKB_MODE, NULL)) {
		perror("attach xdp_rx_filter");
		return 1;
	}
	opts.prog_fd = bpf_program__fd(tx);
	err = bpf_tc_hook_create(&hook);
	if ((err && err != -EEXIST) || bpf_tc_attach(&hook, &opts)) {
		perror("attach xdp_tx_filter");
		return 1;
	}
	signal(SIGINT, wake);
	signal(SIGTERM, wake);
	printf("attached\n");
	fflush(stdout);
	pause();
	bpf_xdp_detach(lo, XDP_FLAGS_SKB_MODE, NULL);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
	return 0;
}
