// SPDX-License-Identifier: GPL-2.0
/* Helpers and maps, each against a value that user space knows. */
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include "suite.h"

#define TRACING "/sys/kernel/tracing"

static void tasks(void)
{
	char name[16] = {};

	prctl(PR_GET_NAME, name);
	prctl(PR_SET_NAME, "suite-task");
	run("tasks", 4711);
	prctl(PR_SET_NAME, name);
	expect(0, 4711);
	expect(1, syscall(SYS_gettid));
	expect(2, getpid());
	expect(3, 1);
	expect(4, CALL);
	expect(5, 4711);
	expect(6, getpid());
	expect(7, 1);
	if (answer(8) < 0 || answer(8) >= sysconf(_SC_NPROCESSORS_ONLN))
		fail("ran on CPU %lld", (long long)answer(8));
}

static int64_t ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void clocks(void)
{
	static const clockid_t ids[] = { CLOCK_MONOTONIC, CLOCK_BOOTTIME,
					 CLOCK_MONOTONIC_COARSE };
	int64_t before[3];

	for (int i = 0; i < 3; i++)
		before[i] = ns(ids[i]);
	run("clocks", 0);
	for (int i = 0; i < 3; i++)
		if (answer(i) < before[i] || answer(i) > ns(ids[i]))
			fail("clock %d is %lld; user space read %lld before and %lld after",
			     i, (long long)answer(i), (long long)before[i],
			     (long long)ns(ids[i]));
	if (answer(3) <= 0)
		fail("jiffies are %lld", (long long)answer(3));
	expect(4, 0);
	expect(5, 1);
}

static void memory(void)
{
	run("memory", 0);
	expect_all((int64_t[]){ 0, 0x0123456789abcdef, -EFAULT, -EFAULT, 6, 1,
				-EINVAL }, 7);
}

static void hash(void)
{
	run("hash", 0);
	expect_all((int64_t[]){ 0, -EEXIST, -ENOENT, 0, 12, 1, 0, -E2BIG, 0,
				-ENOENT, 0, 0, -EINVAL, 41, 0 }, 15);
}

static void array(void)
{
	run("array", 0);
	expect_all((int64_t[]){ 0, 33, 1, -E2BIG, -EINVAL, -EEXIST, 0, 55 }, 8);
}

static void stack_and_queue(void)
{
	run("stack_and_queue", 0);
	expect_all((int64_t[]){ 0, -E2BIG, 0, 3, 3, 2, -1, 0, -E2BIG, 0, 2, 2,
				3, -1, -EOPNOTSUPP, 1 }, 16);
}

static int received;

static int receive(void *ctx, void *data, size_t size)
{
	(void)ctx;
	received++;
	if (received == 1 && (size != 6 || memcmp(data, "copied", 6)))
		fail("first record has %zu bytes", size);
	if (received == 2 && (size != 16 || strcmp(data, "written-7too mu") > 0 ||
			      strncmp(data, "written-7", 9)))
		fail("second record is \"%.16s\"", (char *)data);
	return 0;
}

static void ring(void)
{
	struct ring_buffer *rb = ring_buffer__new(
		map_fd("RING"), receive, NULL, NULL);

	run("ring", 0);
	if (!rb) {
		fail("ring_buffer__new: %s", strerror(errno));
		return;
	}
	received = 0;
	/* Two records, two discarded ones and one that fills the rest. */
	ring_buffer__consume(rb);
	ring_buffer__free(rb);
	if (received != 3)
		fail("%d records came, want 3", received);
	expect_all((int64_t[]){ 0, 1, 1, 4096, 1, 0, -EAGAIN, -EINVAL }, 8);
	if (answer(8) != answer(9) || answer(8) < 4000)
		fail("%lld bytes available, positions %lld apart",
		     (long long)answer(8), (long long)answer(9));
}

/* In an instance of its own: others may read the trace, too. */
static void print(void)
{
	char text[8192];

	mkdir(TRACING "/instances/suite", 0755);
	write_text(TRACING "/instances/suite/events/bpf_trace/bpf_trace_printk/enable", "1");
	run("print", 99);
	expect_all((int64_t[]){ 0, -E2BIG }, 2);
	file_text(TRACING "/instances/suite/trace", text, sizeof(text));
	if (!strstr(text, "bpf_trace_printk: [suite::values::print] argument 99"))
		fail("not in the trace: %.200s", text);
	if (strstr(text, "far too long"))
		fail("text that does not fit was printed");
	rmdir(TRACING "/instances/suite");
}

const struct test_case values[] = {
	{ "task helpers", tasks },
	{ "clocks and numbers", clocks },
	{ "memory and text helpers", memory },
	{ "hash map", hash },
	{ "arrays", array },
	{ "stack and queue", stack_and_queue },
	{ "ring buffer", ring },
	{ "trace output", print },
	{}
};
