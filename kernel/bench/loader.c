// SPDX-License-Identifier: GPL-2.0
/*
 * Runs each program of bench and its eBPF twin, and compares what one run takes
 * by the kernel's own statistics. In a VM whose clock counts instructions the
 * unit is instructions. `./loader nanoseconds` measures often, on one processor,
 * and takes the median; `./loader listing NAME` shows what a twin became.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#include "bench.h"

#define TWINS "./ebpf/" REX_OBJECT
#define FUNCTION "kprobe_target_func"
#define CALL 1313
#define TIMES 100

static int target;

/* Of recursion: how deep. */
static unsigned long depth;

void die(const char *what)
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

struct bpf_program *program(struct bpf_object *obj, const char *name)
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
		ioctl(target, CALL, depth);
	else if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts))
		die(bpf_program__name(prog));
}

struct taken taken(struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_prog_get_info_by_fd(bpf_program__fd(prog), &info, &size))
		die(bpf_program__name(prog));
	return (struct taken){ info.run_cnt, info.run_time_ns };
}

double per_run(struct bpf_program *prog, struct taken before)
{
	struct taken after = taken(prog);

	if (after.runs - before.runs != RUNS) {
		fprintf(stderr, "%s ran %llu times\n", bpf_program__name(prog), after.runs - before.runs);
		exit(1);
	}
	return (double)(after.time - before.time) / RUNS;
}

/* Measurements of each figure, whose median is taken, and how far they lie apart in the worst of a row. */
static int rounds = 1;
static double spread;

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* What one run takes, on average over RUNS; a few warm it up. */
static double measure(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = program(obj, name);
	struct bpf_link *link = NULL;
	double took[rounds], apart;
	struct taken before;
	int i, round;

	if (bpf_program__type(prog) == BPF_PROG_TYPE_KPROBE) {
		link = bpf_program__attach_kprobe(prog, false, FUNCTION);
		if (!link)
			die(name);
	}
	for (i = 0; i < 20; i++)
		run(prog);
	for (round = 0; round < rounds; round++) {
		before = taken(prog);
		for (i = 0; i < RUNS; i++)
			run(prog);
		took[round] = per_run(prog, before);
	}
	bpf_link__destroy(link);
	qsort(took, rounds, sizeof(took[0]), by_size);
	/* Half of all measurements are within it. */
	apart = (took[rounds * 3 / 4] - took[rounds / 4]) / took[rounds / 2] * 100;
	spread = apart > spread ? apart : spread;
	return took[rounds / 2];
}

/* What the very first run takes. */
static double first(struct bpf_object *obj, const char *name)
{
	struct bpf_program *prog = program(obj, name);
	struct bpf_link *link = bpf_program__attach_kprobe(prog, false, FUNCTION);

	if (!link)
		die(name);
	run(prog);
	bpf_link__destroy(link);
	return taken(prog).time;
}

/* A number that the kernel tells of a descriptor; 0 if it does not. */
static double fdinfo(int fd, const char *name)
{
	char path[64], line[256];
	unsigned long value = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	if (!f)
		die(path);
	while (fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			sscanf(line + strlen(name), ":%lu", &value);
	fclose(f);
	return value;
}

/* Bytes that an object's programs take, without its maps: eBPF's are one by one, in pages; Rex's share an image. */
static double memory(struct bpf_object *obj)
{
	struct bpf_program *prog;
	double own = 0, image = 0;

	bpf_object__for_each_program(prog, obj) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);
		int fd = bpf_program__fd(prog);

		if (bpf_prog_get_info_by_fd(fd, &info, &size))
			die("memory");
		image = fdinfo(fd, "rex_image_size");
		own += fdinfo(fd, "memlock") + (image ? 0 : info.jited_prog_len);
	}
	return own + image;
}

static struct pair both(const char *sample, const char *name)
{
	struct pair p = {};
	char path[256];

	snprintf(path, sizeof(path), "/sample-%s/target/x86_64-unknown-none/release/%s", sample, name);
	p.rex = load(path);
	snprintf(path, sizeof(path), "/sample-%s/ebpf/target/x86_64-unknown-none/release/%s", sample, name);
	p.twin = load(path);
	return p;
}

struct loaded load(const char *path)
{
	struct loaded l = {};
	struct stat file;
	double start = now();

	l.obj = rex_obj_get_bpf(rex_obj_load(path));
	l.took = now() - start;
	if (!l.obj || stat(path, &file))
		die(path);
	l.size = file.st_size;
	l.memory = memory(l.obj);
	return l;
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
void row(const char *name, double rex, double ebpf, double times,
		double plus, const char *goal)
{
	int good = rex <= ebpf * times + plus;

	printf("%-34s %8.1f %8.1f %7.2f   %-18s %s", name, rex, ebpf,
	       rex / ebpf, goal, good ? "met" : "missed");
	if (rounds > 1)
		printf("   spread %.1f %%", spread);
	printf("\n");
	spread = 0;
	missed += !good;
}

/* What it takes to have an object in the kernel. */
static void loading_rows(const char *name, struct pair p)
{
	char title[64];

	snprintf(title, sizeof(title), "load of %s, in thousands", name);
	row(title, p.rex.took / 1e3, p.twin.took / 1e3, 1, 0, "eBPF");
	snprintf(title, sizeof(title), "%s loaded, KiB without maps", name);
	row(title, p.rex.memory / 1024, p.twin.memory / 1024, 1, 0, "eBPF");
	snprintf(title, sizeof(title), "object of %s, KiB", name);
	row(title, p.rex.size / 1024, p.twin.size / 1024, 1, 0, "eBPF");
}

/* Stays on one processor. */
static void stay(void)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die("sched_setaffinity");
}

/* The address of a symbol of the kernel's. */
static unsigned long long address_of(const char *wanted)
{
	unsigned long long address = 0, found = 0;
	char line[512], name[256];
	FILE *f = fopen("/proc/kallsyms", "r");

	if (!f)
		die("/proc/kallsyms");
	while (!found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%llx %*c %255s", &address, name) == 2 && !strcmp(name, wanted))
			found = address;
	fclose(f);
	return found;
}

/* Prints what the kernel has made of a program of eBPF: where it is, and its machine code. */
static int show_code(struct bpf_object *obj, const char *name)
{
	static unsigned char code[1 << 16];
	unsigned long long start = 0;
	struct bpf_prog_info info = {
		.jited_prog_insns = (unsigned long)code, .jited_prog_len = sizeof(code),
		.jited_ksyms = (unsigned long)&start, .nr_jited_ksyms = 1,
	};
	__u32 size = sizeof(info), i;

	if (bpf_prog_get_info_by_fd(bpf_program__fd(program(obj, name)), &info, &size))
		die(name);
	printf("_text %llx, %s %llx:", address_of("_text"), name, start);
	for (i = 0; i < info.jited_prog_len && i < sizeof(code); i++)
		printf("%s%02x", i % 64 ? "" : "\ncode ", code[i]);
	printf("\n");
	return 0;
}

int main(int argc, char **argv)
{
	struct pair all = { load(REX_OBJECT), load(TWINS) }, hello = both("hello", "hello"), bmc = both("bmc", "bmc");
	struct bpf_object *rex = all.rex.obj, *twins = all.twin.obj;
	double rex_base, twin_base, rex_array, rex_hash;
	__u32 key = 0;
	int fd;

	if (argc > 2 && !strcmp(argv[1], "listing"))
		return show_code(twins, argv[2]);
	if (argc > 1 && !strcmp(argv[1], "nanoseconds")) {
		rounds = 21;
		stay();
	}
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

	printf("%-34s %8s %8s %7s   %s\n", "", "Rex", "eBPF", "ratio", "goal");
	row("empty program, its first run", first(rex, "empty"), first(twins, "empty"), 1, 0, "eBPF");
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
	OPERATION_ROW("LRU hash update", "lru_update");
	OPERATION_ROW("LRU hash lookup", "lru");
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
	for (depth = 1; depth <= 33; depth += depth == 1 ? 7 : 25) {
		char title[64];

		snprintf(title, sizeof(title), "recursion of depth %lu / tail calls", depth);
		row(title, measure(rex, "recursion") - rex_base, measure(twins, "recursion") - twin_base, 1. / 3, 0,
		    "eBPF / 3");
	}
	bmc_rows(bmc);
	loading_rows("hello", hello);
	loading_rows("bmc", bmc);
	loading_rows("all these", all);
	printf("measured, %d goals missed\n", missed);
	return 0;
}
