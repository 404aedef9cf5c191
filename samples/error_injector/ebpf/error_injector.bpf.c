// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: makes the probed system call fail for the processes in a map. */
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __s32);
	__type(value, __u64);
	__uint(max_entries, 1);
} pid_to_errno SEC(".maps");

SEC("kprobe")
int err_injector(struct pt_regs *ctx)
{
	__s32 pid = bpf_get_current_pid_tgid();
	__u64 *error = bpf_map_lookup_elem(&pid_to_errno, &pid);

	if (error)
		bpf_override_return(ctx, -*error);
	return 0;
}
