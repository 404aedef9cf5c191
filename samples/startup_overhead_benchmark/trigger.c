// SPDX-License-Identifier: GPL-2.0
/* Runs the program that is pinned, and says what the kernel has measured. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#include <bpf/bpf.h>

#define KPROBE_TARGET_CALL 1313
#define PIN "/sys/fs/bpf/startup_overhead_benchmark"
#define TIMES 10000

static int check(const char *what, int result)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
	return result;
}

/* How often the program has run, and for how many nanoseconds. */
static struct bpf_prog_info statistics(int prog)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	check("program", bpf_prog_get_info_by_fd(prog, &info, &size));
	return info;
}

int main(void)
{
	int target = check("/proc/kprobe_target", open("/proc/kprobe_target", O_RDONLY));
	int pinned = check(PIN, bpf_obj_get(PIN)), prog, i;
	struct bpf_link_info link = {};
	struct bpf_prog_info before, after;
	__u32 size = sizeof(link);

	check("link", bpf_link_get_info_by_fd(pinned, &link, &size));
	prog = check("program", bpf_prog_get_fd_by_id(link.prog_id));
	/* As long as this descriptor is open. */
	check("statistics", bpf_enable_stats(BPF_STATS_RUN_TIME));
	before = statistics(prog);
	for (i = 0; i < TIMES; i++)
		check("call", ioctl(target, KPROBE_TARGET_CALL, 0));
	after = statistics(prog);
	printf("%llu runs of %llu ns\n", after.run_cnt - before.run_cnt,
	       (after.run_time_ns - before.run_time_ns) / TIMES);
	return 0;
}
