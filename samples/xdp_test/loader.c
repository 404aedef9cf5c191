// SPDX-License-Identifier: GPL-2.0
/* Attaches to the loopback device: XDP to what comes in, traffic control to what goes out. */
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>

#include "xdp_test.skel.h"

int main(void)
{
	unsigned int lo = if_nametoindex("lo");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = lo, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct xdp_test *skel = xdp_test__load();
	int err;

	if (!skel)
		return 1;
	if (bpf_xdp_attach(lo, bpf_program__fd(skel->progs.xdp_rx_filter), XDP_FLAGS_SKB_MODE, NULL)) {
		perror("attach xdp_rx_filter");
		return 1;
	}
	opts.prog_fd = bpf_program__fd(skel->progs.xdp_tx_filter);
	err = bpf_tc_hook_create(&hook);
	if ((err && err != -EEXIST) || bpf_tc_attach(&hook, &opts)) {
		perror("attach xdp_tx_filter");
		return 1;
	}
	rex_wait("attached");
	bpf_xdp_detach(lo, XDP_FLAGS_SKB_MODE, NULL);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
	return 0;
}
