// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: does nothing. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("kprobe/kprobe_target_func")
int rex_prog1(void *ctx)
{
	return 0;
}
