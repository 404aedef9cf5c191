// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: the same line, word for word, whenever a task calls dup(2). */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

SEC("tracepoint/syscalls/sys_enter_dup")
int rex_prog1(void *ctx)
{
	__u32 pid = bpf_get_current_pid_tgid(); /* the thread's, as the kernel's tasks have it */

	bpf_printk("[hello::rex_prog1] Rust triggered from PID %d on CPU %d.", pid, bpf_get_smp_processor_id());
	return 0;
}
