// SPDX-License-Identifier: GPL-2.0
/*
 * Loads and runs objects, one after the other: lines FIRST to LAST of the file
 * "mutants" in a folder. Each is "OBJECT OFFSET:HEX[,OFFSET:HEX] WHAT": other
 * bytes at places of an object, or "OBJECT - WHAT": the object as it is. Each
 * runs in a process of its own, at every hook that it has; then a line says how
 * that went. What the kernel did is for others to see.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define CALL 1313 /* of /proc/kprobe_target */
#define TIMEOUT_MS "/proc/sys/kernel/rex_timeout_ms"
#define FAILED 1 /* statuses of a child */
#define NOT_LOADED 2
#define PATIENCE 60 /* seconds for one mutant: all of its runs may time out */

struct object {
	char path[256];
	char *data;
	size_t size;
};

static struct object objects[512];
static int target;

static struct object *object(const char *path)
{
	struct object *o;
	struct stat st;
	int fd;

	for (o = objects; o->data; o++)
		if (!strcmp(o->path, path))
			return o;
	fd = open(path, O_RDONLY);
	if (fd < 0 || fstat(fd, &st) || !(o->data = malloc(st.st_size)) ||
	    read(fd, o->data, st.st_size) != st.st_size) {
		perror(path);
		exit(1);
	}
	close(fd);
	snprintf(o->path, sizeof(o->path), "%s", path);
	o->size = st.st_size;
	return o;
}

/* What tasks do all the time, and what programs hang on. */
static void work(void)
{
	int fd;

	for (int i = 0; i < 20; i++) {
		fd = dup(i % 2 ? target : 1);
		if (fd >= 0)
			close(fd);
		ioctl(target, CALL, i * 997UL);
		getppid();
		fd = open("/proc/self/stat", O_RDONLY);
		if (fd >= 0)
			close(fd);
	}
}

/* Has the kernel ask a filter about each system call: programs hang on that, too. */
static void filter_calls(void)
{
	/* One that allows a call whatever its arguments is not even run. */
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16 /* the first argument */),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog all = { .len = 2, .filter = filter };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &all))
		perror("seccomp filter");
}

static void sample_cpu(struct bpf_program *prog)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = 1000000,
	};
	int fd = syscall(__NR_perf_event_open, &attr, 0, -1, -1, 0);

	if (fd >= 0 && bpf_program__attach_perf_event(prog, fd))
		for (int i = 0; i < 5; i++)
			work();
}

static void run_packets(struct bpf_program *prog)
{
	char packet[128] = { [12] = 8, [14] = 0x45, [17] = 114 };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));

	for (int i = 0; i < 20; i++) {
		packet[23] = i % 2 ? 17 : 6; /* UDP, TCP */
		packet[36] = 4712 >> 8;
		packet[37] = 4712 + i % 4;
		opts.data_size_out = 0; /* where libbpf leaves the last one's */
		if (bpf_prog_test_run_opts(bpf_program__fd(prog), &opts)) {
			perror("test run");
			_exit(FAILED);
		}
	}
}

static void run(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj) {
		switch (bpf_program__type(prog)) {
		case BPF_PROG_TYPE_PERF_EVENT:
			sample_cpu(prog);
			break;
		case BPF_PROG_TYPE_XDP:
		case BPF_PROG_TYPE_SCHED_CLS:
			run_packets(prog);
			break;
		default:
			if (!bpf_program__attach(prog)) /* its section names no function */
				bpf_program__attach_kprobe(prog, false, "__x64_sys_getppid");
		}
	}
	filter_calls();
	work();
}

/* Says how many of the programs have run, and how often in all. */
static void count(struct bpf_object *obj)
{
	struct bpf_program *prog;
	unsigned long long runs = 0;
	int n = 0, ran = 0;

	bpf_object__for_each_program(prog, obj) {
		struct bpf_prog_info info = {};
		__u32 size = sizeof(info);

		n++;
		if (bpf_prog_get_info_by_fd(bpf_program__fd(prog), &info, &size))
			continue;
		ran += info.run_cnt > 0;
		runs += info.run_cnt;
	}
	printf("%d of %d programs ran, %llu times\n", ran, n, runs);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Waits for the child; it must come to an end. */
static int wait_for(pid_t child)
{
	double end = now() + PATIENCE;
	int status;

	while (!waitpid(child, &status, WNOHANG)) {
		if (now() > end) {
			printf("a mutant goes on for more than %d s\n", PATIENCE);
			exit(1);
		}
		usleep(1000);
	}
	return status;
}

static const char *outcome(int status)
{
	if (WIFSIGNALED(status))
		return "killed";
	switch (WEXITSTATUS(status)) {
	case 0:
		return "ran";
	case NOT_LOADED:
		return "not loaded";
	}
	return "failed";
}

/* Whether @text is "OFFSET:HEX[,OFFSET:HEX]"; changes @o so. */
static bool patch(struct object *o, char *text)
{
	for (char *part = strtok(text, ","); part; part = strtok(NULL, ",")) {
		unsigned long at;
		unsigned int byte;
		int skip;

		if (sscanf(part, "%lu:%n", &at, &skip) != 1)
			return false;
		for (part += skip; *part; part += 2) {
			if (sscanf(part, "%2x", &byte) != 1 || at >= o->size)
				return false;
			o->data[at++] = byte;
		}
	}
	return true;
}

/* In a process of its own. */
static int try(struct object *o, char *patches)
{
	struct bpf_object *obj;

	if (strcmp(patches, "-") && !patch(o, patches))
		return FAILED;
	obj = rex_obj_get_bpf(rex_obj_load_mem(o->data, o->size, "mutant"));
	if (!obj)
		return NOT_LOADED;
	run(obj);
	count(obj);
	return 0;
}

int main(int argc, char **argv)
{
	FILE *list, *log, *period;
	static char line[1 << 14], path[256], patches[1 << 13], what[1024];
	int n = 0, first, last, ran = 0, status;
	struct object *o;
	double start;
	pid_t child;

	if (argc != 4 || chdir(argv[1])) {
		fprintf(stderr, "usage: %s FOLDER FIRST LAST\n", argv[0]);
		return 1;
	}
	first = atoi(argv[2]);
	last = atoi(argv[3]);
	list = fopen("mutants", "r");
	log = fopen("/dev/kmsg", "w");
	period = fopen(TIMEOUT_MS, "w");
	target = open("/proc/kprobe_target", O_RDONLY);
	if (!list || !log || !period || target < 0 || fputs("100", period) < 0 || fclose(period) ||
	    bpf_enable_stats(BPF_STATS_RUN_TIME) < 0) {
		perror("set-up");
		return 1;
	}
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), list)) {
		if (sscanf(line, "%255s %8191s %1023[^\n]", path, patches, what) != 3) {
			fprintf(stderr, "no mutant: %s", line);
			return 1;
		}
		if (++n < first || n > last)
			continue;
		o = object(path);
		/* So that the log has it before whatever happens. */
		fprintf(log, "mutant %d of %s: %s\n", n, path, what);
		fflush(log);
		start = now();
		child = fork();
		if (!child)
			_exit(try(o, patches));
		status = wait_for(child);
		ran += WIFEXITED(status) && !WEXITSTATUS(status);
		printf("%d %s in %.2f s: %s: %s\n", n, outcome(status), now() - start, path, what);
	}
	printf("%d of %d were loaded and ran\n", ran, last - first + 1);
	printf("all ran\n");
	return 0;
}
