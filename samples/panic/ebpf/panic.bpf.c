// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: an attempt. There is nothing like a panic, so what could need one is refused. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

static const int TABLE[4] = { 1, 2, 3, 4 };

SEC("tracepoint/syscalls/sys_enter_dup")
int bad_index(void *ctx)
{
	__u64 index = sizeof(TABLE) / sizeof(TABLE[0]);

	barrier_var(index); /* or the compiler would see it */
	bpf_printk("[panic::bad_index] the kernel must never get here with %d", TABLE[index]);
	return 0;
}
