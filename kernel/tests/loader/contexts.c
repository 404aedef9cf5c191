// SPDX-License-Identifier: GPL-2.0
/* Programs in places where little is allowed. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/perf_event.h>
#include <linux/random.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "suite.h"

/* Attaches @name, which panics at what @cause does, and wants the log to say so. */
static void panics_at(const char *name, void (*cause)(void), const char *log)
{
	struct bpf_link *link;

	expect_log(NULL);
	link = attach(name);
	if (!link)
		return;
	cause();
	bpf_link__destroy(link);
	/* An interrupt prints it. */
	usleep(200000);
	expect_log(log);
}

static void write_console(void)
{
	write_text("/dev/ttyS0", "\n");
	usleep(100000);
}

static void in_console(void)
{
	panics_at("in_console", write_console, "with the port's lock held");
}

static void write_log(void)
{
	write_text("/dev/kmsg", "suite: a line of the log\n");
}

static void in_printk(void)
{
	panics_at("in_printk", write_log, "in the middle of printk()");
}

static void sleep_often(void)
{
	for (int i = 0; i < 100; i++)
		usleep(1000);
}

static void in_scheduler(void)
{
	panics_at("in_scheduler", sleep_often, "with a run queue locked");
}

static void in_timekeeping(void)
{
	struct bpf_link *link = attach("in_timekeeping");

	clear_answers();
	sleep_often();
	bpf_link__destroy(link);
	expect(0, 1);
	expect(1, 1);
}

static void in_random(void)
{
	int fd = open("/dev/urandom", O_RDWR);
	struct bpf_link *link = attach("in_random");
	char bytes[64];

	clear_answers();
	if (ioctl(fd, RNDRESEEDCRNG))
		fail("reseed: %s", strerror(errno));
	for (int i = 0; i < 1000; i++)
		syscall(SYS_getrandom, bytes, sizeof(bytes), 0);
	bpf_link__destroy(link);
	close(fd);
	expect(0, 1);
}

static void wrong_maps(void)
{
	run("wrong_maps", 0);
	expect_all((int64_t[]){ -EOPNOTSUPP, -EOPNOTSUPP, 1, -EOPNOTSUPP, 1,
				-EOPNOTSUPP }, 6);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* Loops with the lock held on CPU 0; says how long that took. */
static void *hold(void *took)
{
	double start;

	pin_to_cpu(0);
	start = seconds();
	call(13);
	*(double *)took = seconds() - start;
	return NULL;
}

/*
 * The other CPU spends its time in an interrupt, waiting for that lock: nobody's
 * timer ticks, and yet the holder is to end within two limits.
 */
static void lock_over_cpus(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = 10000000,
	};
	struct bpf_link *probe, *clock;
	double took = 0;
	pthread_t holder;
	cpu_set_t all;
	int fd;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		skip("it takes two CPUs");
		return;
	}
	next_log_period();
	sched_getaffinity(0, sizeof(all), &all);
	write_text(TIMEOUT_MS, "2000");
	probe = attach("misuse");
	pin_to_cpu(1);
	pthread_create(&holder, NULL, hold, &took);
	usleep(100000);
	fd = syscall(SYS_perf_event_open, &attr, -1, 1, -1, PERF_FLAG_FD_CLOEXEC);
	clock = fd < 0 ? NULL : bpf_program__attach_perf_event(program("contends"), fd);
	if (!clock)
		fail("contends at a perf event: %s", strerror(errno));
	pthread_join(holder, NULL);
	bpf_link__destroy(clock);
	bpf_link__destroy(probe);
	write_text(TIMEOUT_MS, SHORT_TIMEOUT);
	sched_setaffinity(0, sizeof(all), &all);
	if (took < 2 || took > 4)
		fail("the holder ended after %.2f s; the limit is 2 s", took);
	expect_log("Timeout in Rex program");
	run("lock", 0);
	if (answer(0) == INT64_MAX)
		fail("the lock is not free");
}

const struct test_case contexts[] = {
	{ "panic with the console locked", in_console },
	{ "panic in printk", in_printk },
	{ "panic with a run queue locked", in_scheduler },
	{ "clocks in an update of the time", in_timekeeping },
	{ "random numbers in the random number generator", in_random },
	{ "operations that a map has not", wrong_maps },
	{ "lock held and wanted in an interrupt", lock_over_cpus },
	{}
};
