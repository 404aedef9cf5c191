// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: counts system calls, their errors and their time. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, 512);
} SYSCALL_COUNTS SEC(".maps"), SYSCALL_ERRORS SEC(".maps"), SYSCALL_LATENCY SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __s32);
	__type(value, __u64);
	__uint(max_entries, 10240);
} SYSCALL_START SEC(".maps");

/* As the tracepoints have them: /sys/kernel/tracing/events/raw_syscalls/ENTRY/format. */
struct sys_enter {
	__u64 unused;
	__s64 id;
	__u64 args[6];
};

struct sys_exit {
	__u64 unused;
	__s64 id;
	__s64 ret;
};

static void add(void *map, __u32 id, __u64 value)
{
	__u64 *sum = bpf_map_lookup_elem(map, &id);

	if (sum)
		*sum += value;
	else
		bpf_map_update_elem(map, &id, &value, BPF_ANY);
}

SEC("tracepoint/raw_syscalls/sys_enter")
int sys_enter(struct sys_enter *ctx)
{
	__s32 pid = bpf_get_current_pid_tgid();
	__u64 now = bpf_ktime_get_ns();

	bpf_map_update_elem(&SYSCALL_START, &pid, &now, BPF_ANY);
	add(&SYSCALL_COUNTS, ctx->id, 1);
	return 0;
}

SEC("tracepoint/raw_syscalls/sys_exit")
int sys_exit(struct sys_exit *ctx)
{
	__s32 pid = bpf_get_current_pid_tgid();
	__u64 *start, took;

	if (ctx->ret < 0)
		add(&SYSCALL_ERRORS, ctx->id, 1);
	start = bpf_map_lookup_elem(&SYSCALL_START, &pid);
	if (!start)
		return 0;
	took = bpf_ktime_get_ns() - *start;
	bpf_map_delete_elem(&SYSCALL_START, &pid);
	add(&SYSCALL_LATENCY, ctx->id, took);
	return 0;
}
