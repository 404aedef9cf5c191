// SPDX-License-Identifier: GPL-2.0
/* How long programs may take: each ends after its type's limit, and before two of them. */
#define _GNU_SOURCE
#include <sched.h>
#include <time.h>

#include "suite.h"

#define PACKET_TIMEOUT_MS "/proc/sys/kernel/rex_timeout_packet_ms"
/* Kinds of misuse(), see src/misuse.rs. */
enum { LOOP = 12, LOOP_WITH_LOCK = 13 };

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/*
 * @loop with @arg ends within two limits. What a busy host takes from the machine
 * is not the program's time, but shows here: so it has three tries.
 */
static void within(const char *what, void (*loop)(unsigned long), unsigned long arg,
		   double limit)
{
	double start, took;

	for (int i = 0; i < 3; i++) {
		expect_log(NULL);
		start = seconds();
		loop(arg);
		took = seconds() - start;
		expect_log("Timeout in Rex program");
		if (took < limit)
			break;
		if (took <= 2 * limit)
			return;
	}
	fail("%s ended after %.2f s; the limit is %.2f s", what, took, limit);
}

static void misuse(unsigned long kind)
{
	run("misuse", kind);
}

/* A probe loops, with a lock or without. */
static void probe_loops(unsigned long kind, double limit)
{
	within(kind == LOOP ? "a probe" : "a probe with a lock", misuse, kind, limit);
}

static void test_run(unsigned long size)
{
	char packet[128] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = size);

	if (bpf_prog_test_run_opts(bpf_program__fd(program("packet_loops")), &opts))
		fail("test run: %s", strerror(errno));
	if (opts.retval)
		fail("XDP returned %u instead of XDP_ABORTED", opts.retval);
}

/* A program that got a packet does; with a lock, if it is long. */
static void packet_loops(size_t size, double limit)
{
	within(size > 100 ? "XDP with a lock" : "XDP", test_run, size, limit);
}

static void limits_of_types(void)
{
	next_log_period();
	write_text(PACKET_TIMEOUT_MS, "2000");
	write_text(TIMEOUT_MS, "500");
	probe_loops(LOOP, 0.5);
	packet_loops(64, 2);
	packet_loops(128, 2);
	write_text(PACKET_TIMEOUT_MS, "500");
	write_text(TIMEOUT_MS, "2000");
	packet_loops(64, 0.5);
	packet_loops(128, 0.5);
	probe_loops(LOOP, 2);
	probe_loops(LOOP_WITH_LOCK, 2);
	write_text(PACKET_TIMEOUT_MS, "1000");
	write_text(TIMEOUT_MS, SHORT_TIMEOUT);
}

/* Where nothing has run for a while no timer ticks, on no CPU. */
static void after_a_pause(void)
{
	next_log_period();
	write_text(TIMEOUT_MS, "1000");
	for (int i = 0; i < 4; i++) {
		sleep(4);
		probe_loops(i % 2 ? LOOP : LOOP_WITH_LOCK, 1);
	}
	write_text(TIMEOUT_MS, SHORT_TIMEOUT);
}

static void other_cpus(const char *online)
{
	char path[64];

	for (int cpu = 1; cpu < libbpf_num_possible_cpus(); cpu++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
		if (!access(path, F_OK))
			write_text(path, online);
	}
}

static void on_one_cpu(void)
{
	cpu_set_t all;

	next_log_period();
	sched_getaffinity(0, sizeof(all), &all);
	write_text(TIMEOUT_MS, "1000");
	other_cpus("0");
	probe_loops(LOOP, 1);
	probe_loops(LOOP_WITH_LOCK, 1);
	packet_loops(128, 1);
	run("lock", 0);
	other_cpus("1");
	sched_setaffinity(0, sizeof(all), &all);
	probe_loops(LOOP_WITH_LOCK, 1);
	write_text(TIMEOUT_MS, SHORT_TIMEOUT);
	if (answer(0) == INT64_MAX)
		fail("the lock is not free");
}

const struct test_case watchdog[] = {
	{ "limit of each type", limits_of_types },
	{ "limit after a pause", after_a_pause },
	{ "limit on one CPU", on_one_cpu },
	{}
};
