// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>

#include "suite.h"

struct bpf_object *object;
int target_fd;
static int out_fd, kmsg_fd;
static char wrong[512];   /* why the case at hand fails; empty: it does not */
static char skipped[128]; /* why the case at hand was not run */
static int failed, done;

void skip(const char *why)
{
	snprintf(skipped, sizeof(skipped), "%s", why);
}

bool failing(void)
{
	return wrong[0];
}

void fail(const char *fmt, ...)
{
	va_list args;

	if (wrong[0])
		return;
	va_start(args, fmt);
	vsnprintf(wrong, sizeof(wrong), fmt, args);
	va_end(args);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

int64_t answer(uint32_t question)
{
	int64_t value = INT64_MIN;

	if (bpf_map_lookup_elem(out_fd, &question, &value))
		fail("answer %u can't be read: %s", question, strerror(errno));
	return value;
}

void expect(uint32_t question, int64_t want)
{
	int64_t got = answer(question);

	if (got != want)
		fail("answer %u is %lld, want %lld", question, (long long)got,
		     (long long)want);
}

void expect_all(const int64_t *want, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		expect(i, want[i]);
}

/* Calls the function that programs hang on. */
void call(unsigned long arg)
{
	if (ioctl(target_fd, CALL, arg))
		fail("the probed function returned %s", strerror(errno));
}

struct bpf_program *program(const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);

	if (!prog)
		fail("there is no program %s", name);
	return prog;
}

int map_fd(const char *name)
{
	return bpf_object__find_map_fd_by_name(object, name);
}

struct bpf_link *attach(const char *name)
{
	struct bpf_program *prog = program(name);
	struct bpf_link *link = prog ? bpf_program__attach(prog) : NULL;

	if (prog && !link)
		fail("attach %s: %s", name, strerror(errno));
	return link;
}

void clear_answers(void)
{
	const int64_t nothing = INT64_MAX;

	for (uint32_t i = 0; i < 64; i++)
		bpf_map_update_elem(out_fd, &i, &nothing, BPF_ANY);
}

void run(const char *name, unsigned long arg)
{
	struct bpf_link *link = attach(name);

	if (!link)
		return;
	clear_answers();
	call(arg);
	bpf_link__destroy(link);
}

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("%s: %s", path, strerror(errno));
	close(fd);
}

void expect_log(const char *text)
{
	char line[4096];
	bool found = !text;
	ssize_t n;

	while ((n = read(kmsg_fd, line, sizeof(line) - 1)) > 0 ||
	       (n < 0 && errno == EPIPE)) {
		if (n < 0)
			continue;
		line[n] = 0;
		found = found || strstr(line, text);
	}
	if (!found)
		fail("the kernel's log lacks \"%s\"", text);
}

void file_text(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = 0;
	close(fd);
}

static int count_lines(const char *path, const char *with)
{
	char line[1024];
	int n = 0;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		n += strstr(line, with) != NULL;
	if (f)
		fclose(f);
	return n;
}

static int count_ids(int (*next)(__u32, __u32 *))
{
	__u32 id = 0;
	int n = 0;

	while (!next(id, &id))
		n++;
	return n;
}

void next_log_period(void)
{
	sleep(5);
	expect_log(NULL);
}

static struct census count(void)
{
	return (struct census){
		.progs = count_ids(bpf_prog_get_next_id),
		.maps = count_ids(bpf_map_get_next_id),
		.symbols = count_lines("/proc/kallsyms", "rex_prog_"),
		/* image_map(), or what it was inlined into */
		.areas = count_lines("/proc/vmallocinfo", "image_"),
	};
}

/* What the last case has left may still be on its way. */
struct census census(void)
{
	struct census before, now = count();

	do {
		before = now;
		usleep(300000);
		now = count();
	} while (memcmp(&before, &now, sizeof(now)));
	if (!now.areas)
		fail("the suite's image is not in vmallocinfo");
	return now;
}

void expect_census(struct census want)
{
	struct census got;

	for (int i = 0; i < 100; i++) {
		got = count();
		if (!memcmp(&got, &want, sizeof(want)))
			return;
		usleep(100000);
	}
	fail("%d programs, %d maps, %d symbols, %d areas; want %d, %d, %d, %d",
	     got.progs, got.maps, got.symbols, got.areas, want.progs, want.maps,
	     want.symbols, want.areas);
}

int in_child(int (*work)(unsigned int), unsigned int arg)
{
	int status;
	pid_t child = fork();

	if (!child) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDERR_FILENO);
		_exit(work(arg));
	}
	waitpid(child, &status, 0);
	if (!WIFEXITED(status))
		fail("a loader ended with status %#x", status);
	return WEXITSTATUS(status);
}

void come_and_go(const char *program)
{
	struct bpf_program *prog;

	object = rex_obj_get_bpf(rex_obj_load(EXTENSION));
	prog = object ? bpf_object__find_program_by_name(object, program) : NULL;
	if (!prog || !bpf_program__attach(prog))
		_exit(1);
	for (int i = 0; i < 20; i++)
		ioctl(target_fd, CALL, 5);
	_exit(0);
}

void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("can't go to CPU %d: %s", cpu, strerror(errno));
}

bool suite_open(void)
{
	target_fd = open("/proc/kprobe_target", O_RDONLY);
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	object = rex_obj_get_bpf(rex_obj_load(EXTENSION));
	out_fd = object ? map_fd("OUT") : -1;
	return target_fd >= 0 && kmsg_fd >= 0 && out_fd >= 0;
}

static void report(const char *name, double start)
{
	if (wrong[0])
		printf("not ok %s: %s\n", name, wrong);
	else if (skipped[0])
		printf("skipped %s: %s\n", name, skipped);
	else
		printf("ok %s (%.1f s)\n", name, now() - start);
	fflush(stdout);
	failed += wrong[0] != 0;
	done += !skipped[0];
	wrong[0] = skipped[0] = 0;
}

const char *suite_only;

void suite_run(const struct test_case *cases)
{
	for (; cases->name; cases++) {
		double start = now();

		if (suite_only && !strstr(cases->name, suite_only))
			continue;
		cases->run();
		report(cases->name, start);
	}
}

int suite_close(void)
{
	if (failed)
		printf("%d of %d cases failed\n", failed, done);
	else
		printf("all %d cases passed\n", done);
	return failed != 0;
}
