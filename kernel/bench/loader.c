// SPDX-License-Identifier: GPL-2.0
/*
 * Runs each program of bench and its eBPF twin, and compares what one run takes
 * by the kernel's own statistics. In a VM whose clock counts instructions the
 * unit is instructions.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define TWINS "./ebpf/" REX_OBJECT
#define FUNCTION "kprobe_target_func"
#define CALL 1313
#define RUNS 500
#define TIMES 100

static int target;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static struct bpf_program *program(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(obj, name);

	if (!prog)
		die(name);
	return prog;
}

/* Runs a program: a probe by its event, a classifier with a packet of UDP. */
static void run(struct bpf_program *prog)
{
	static char packet[64] = { [12] = 8, [14] = 0x45, [23] = 17 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
		    .data_size_in = sizeof(packet), .repeat = 1);

	if (bpf_program__type(prog) == BPF_PROG_TYPE_KPROBE)
		ioctl(target, CALL, 0);
	else if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		die(bpf_program__name(prog));
}

/* Instructions of one run, on average over RUNS; a few warm it up. */
static double measure(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = program(obj, name);
	struct bpf_prog_info before = {}, after = {};
	__u32 size = sizeof(before);
	struct bpf_link *link = NULL;
	int i;

	if (bpf_program__type(prog) == BPF_PROG_TYPE_KPROBE) {
		link = bpf_program__attach_kprobe(prog, false, FUNCTION);
		if (!link)
			die(name);
	}
	for (i = 0; i < 20; i++)
		run(prog);
	if (bpf_prog_get_info_by_fd(bpf_program__fd(prog), &before, &size))
		die(name);
	for (i = 0; i < RUNS; i++)
		run(prog);
	if (bpf_prog_get_info_by_fd(bpf_program__fd(prog), &after, &size))
		die(name);
	bpf_link__destroy(link);
	if (after.run_cnt - before.run_cnt != RUNS) {
		fprintf(stderr, "%s ran %llu times\n", name,
			(unsigned long long)(after.run_cnt - before.run_cnt));
		exit(1);
	}
	return (double)(after.run_time_ns - before.run_time_ns) / RUNS;
}

static void fill(struct bpf_object *obj, const char *map)
{
	int fd = bpf_object__find_map_fd_by_name(obj, map);
	__u64 value = 1;
	__u32 key;

	for (key = 0; key < TIMES; key++)
		if (bpf_map_update_elem(fd, &key, &value, BPF_ANY))
			die(map);
}

static int missed;

/* One line: both, and whether Rex is within eBPF's figure * @times + @plus. */
static void row(const char *name, double rex, double ebpf, double times,
		double plus, const char *goal)
{
	int good = rex <= ebpf * times + plus;

	printf("%-34s %8.1f %8.1f %7.2f   %-18s %s\n", name, rex, ebpf,
	       rex / ebpf, goal, good ? "met" : "missed");
	missed += !good;
}

int main(void)
{
	struct bpf_object *rex, *twins;
	double rex_base, twin_base, rex_array, rex_hash, rex_load, twin_load;
	__u32 key = 0;
	int fd;

	rex_load = now();
	rex = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	rex_load = now() - rex_load;
	twin_load = now();
	twins = bpf_object__open(TWINS);
	if (!rex || !twins || bpf_object__load(twins))
		die("load");
	twin_load = now() - twin_load;
	target = open("/proc/kprobe_target", O_RDONLY);
	if (target < 0 || bpf_enable_stats(BPF_STATS_RUN_TIME) < 0)
		die("set-up");
	fill(rex, "ARRAY");
	fill(rex, "HASH");
	fill(twins, "ARRAY");
	fill(twins, "HASH");
	fd = bpf_program__fd(program(twins, "recursion"));
	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(twins, "NEXT"),
				&key, &fd, BPF_ANY))
		die("NEXT");

	rex_base = measure(rex, "base");
	twin_base = measure(twins, "base");
#define PER_OPERATION(_obj, _name)					\
	((measure(_obj, _name) - (_obj == rex ? rex_base : twin_base)) / TIMES)
	/* eBPF probes may not lock. */
#define PER_LOCK(_obj, _name)						\
	((measure(_obj, _name) - measure(_obj, "base_tc")) / TIMES)
#define OPERATION_ROW(_title, _name)					\
	row(_title, PER_OPERATION(rex, _name), PER_OPERATION(twins, _name), 1, 5, "eBPF + 5")
	rex_array = PER_OPERATION(rex, "array");
	rex_hash = PER_OPERATION(rex, "hash");
	printf("%-34s %8s %8s %7s   %s\n", "", "Rex", "eBPF", "ratio", "goal");
	row("empty program", measure(rex, "empty"), measure(twins, "empty"), 1, 0, "eBPF");
	row("one that reads its context", rex_base, twin_base, 1, 8, "eBPF + 8");
	row("array lookup, against a call", rex_array,
	    PER_OPERATION(twins, "array"), 1, 0, "eBPF");
	row("array lookup, against inlined", rex_array,
	    PER_OPERATION(twins, "array_inlined"), 1, 5, "eBPF + 5");
	row("hash lookup, against a call", rex_hash,
	    PER_OPERATION(twins, "hash"), 1, 0, "eBPF");
	row("hash lookup, against inlined", rex_hash,
	    PER_OPERATION(twins, "hash_inlined"), 1, 5, "eBPF + 5");
	OPERATION_ROW("array update", "array_update");
	OPERATION_ROW("per-CPU array lookup", "per_cpu");
	OPERATION_ROW("hash update", "hash_update");
	OPERATION_ROW("hash delete and insert", "hash_delete");
	OPERATION_ROW("stack push and pop", "stack");
	OPERATION_ROW("queue push and pop", "queue");
	OPERATION_ROW("ring reserve and discard", "ring");
	OPERATION_ROW("atomic addition to a static", "atomic");
	row("UDP packet parsed", measure(rex, "parse") - measure(rex, "base_tc"),
	    measure(twins, "parse") - measure(twins, "base_tc"), 1, 5, "eBPF + 5");
	row("spin lock and unlock", PER_LOCK(rex, "lock"), PER_LOCK(twins, "lock"),
	    1.25, 0, "eBPF * 1.25");
	row("the same, against a resilient lock", PER_LOCK(rex, "lock"),
	    PER_LOCK(twins, "res_lock"), 1, 0, "eBPF");
	row("recursion of depth 33 / tail calls", measure(rex, "recursion") - rex_base,
	    measure(twins, "recursion") - twin_base, 1. / 3, 0, "eBPF / 3");
	row("load of all these, in thousands", rex_load / 1e3, twin_load / 1e3, 1, 0, "eBPF");
	printf("measured, %d goals missed\n", missed);
	return 0;
}
