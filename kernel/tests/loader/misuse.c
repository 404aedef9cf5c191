// SPDX-License-Identifier: GPL-2.0
/* Programs that end before their end. */
#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "suite.h"

static int ignore(void *ctx, void *data, size_t size)
{
	(void)ctx;
	(void)data;
	(void)size;
	return 0;
}

/* No lock is held, and no record of the ring is: all of it can be reserved. */
static void expect_free(void)
{
	struct ring_buffer *rb = ring_buffer__new(
		map_fd("PENDING"), ignore, NULL, NULL);

	if (!rb) {
		fail("ring_buffer__new: %s", strerror(errno));
		return;
	}
	ring_buffer__consume(rb);
	run("lock", 0);
	ring_buffer__consume(rb);
	ring_buffer__free(rb);
	expect(1, 4080);
	if (answer(0) <= 0 || answer(0) == INT64_MAX)
		fail("the lock is not free");
}

/* What misuse() in src/misuse.rs does for @arg ends the program, and says @log. */
static void ends(unsigned long arg, const char *log)
{
	expect_log(NULL);
	run("misuse", arg);
	expect(0, arg & 0xff);
	expect_log(log);
	expect_free();
}

#define MISUSE(_kind, _name, _log)					\
	static void _name(void)						\
	{								\
		ends(_kind, _log);					\
	}

MISUSE(0, out_of_bounds, "index out of bounds: the len is 3 but the index is 7")
MISUSE(1, unwrap, "called `Option::unwrap()` on a `None` value")
MISUSE(2, division, "attempt to divide by zero")
MISUSE(3, explicit_panic, "explicit, kind 3")
MISUSE(4, nested_calls, "index out of bounds: the len is 3 but the index is 94")
MISUSE(5, with_lock, "with a lock, ")
MISUSE(6, with_reservation, "with a reservation")
MISUSE(7, with_task, "with a task, true")
MISUSE(8, lock_twice, "Second spin lock in Rex program")
MISUSE(9, many_resources, "Object count exceeded")
MISUSE(10, recursion, "Stack overflow in Rex program")
MISUSE(11, panic_in_panic, "panicked in the message of a panic")
MISUSE(12, loop, "Timeout in Rex program")
MISUSE(13, loop_with_lock, "Timeout in Rex program")
MISUSE(14, message, "Timeout in the message of a panic")
MISUSE(15, helpers, "Timeout in Rex program")

/* A CPU that comes while there are images has stacks and a watchdog, too. */
static void new_cpu(void)
{
	static const char online[] = "/sys/devices/system/cpu/cpu1/online";
	cpu_set_t all;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		skip("the machine has one CPU");
		return;
	}
	sched_getaffinity(0, sizeof(all), &all);
	for (int i = 0; i < 3; i++) {
		next_log_period();
		write_text(online, "0");
		loop();
		write_text(online, "1");
		pin_to_cpu(1);
		loop();
		explicit_panic();
		sched_setaffinity(0, sizeof(all), &all);
	}
	next_log_period();
}

/* Until somebody waits for it a task that has ended is still to be found. */
static void ended_task(void)
{
	pid_t child = fork();
	siginfo_t info;

	if (!child)
		_exit(0);
	waitid(P_PID, child, &info, WEXITED | WNOWAIT);
	ends(16 | (unsigned long)child << 8,
	     "the task has exited");
	waitpid(child, NULL, 0);
}

/* Whatever user space writes there, a lock that nobody holds is free. */
static void overwritten_lock(void)
{
	const uint32_t values[] = { 1, 2, 0xff, 0x100, 0x10001, 0xdead0000, 0xffffffff };
	struct {
		uint64_t value;
		uint32_t lock, other;
	} locked = {};
	uint32_t key = 0;

	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
		locked.value = 40;
		locked.lock = values[i];
		bpf_map_update_elem(map_fd("LOCKED"), &key, &locked, BPF_ANY);
		expect_free();
		expect(0, 41);
		bpf_map_lookup_elem(map_fd("LOCKED"), &key, &locked);
		if (locked.lock)
			fail("with %#x in it the lock is %#x afterwards", values[i], locked.lock);
	}
}

static void symbolised(void)
{
	const char *const frames[] = { "<REX>", "::suite::misuse::outer", "::misuse+",
				       "</REX>", "rex_dispatch+",
				       "kprobe_target_func+" };

	/* One look at the log takes all that is there. */
	for (size_t i = 0; i < sizeof(frames) / sizeof(*frames); i++) {
		expect_log(NULL);
		run("misuse", 4);
		expect_log(frames[i]);
	}
}

static uint64_t runs(const char *name)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (bpf_prog_get_info_by_fd(bpf_program__fd(program(name)), &info, &size))
		fail("no information on %s: %s", name, strerror(errno));
	return info.run_cnt;
}

static void many_panics(void)
{
	struct census before = census();
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct bpf_link *link = attach("misuse");
	uint64_t first = runs("misuse");

	clear_answers();
	for (int i = 0; i < 100000 && !failing(); i++)
		call(i % 8);
	if (runs("misuse") - first != 100000)
		fail("%llu runs", (unsigned long long)(runs("misuse") - first));
	/* What each would have answered had it not panicked. */
	expect(1, INT64_MAX);
	bpf_link__destroy(link);
	close(stats);
	expect_free();
	expect_census(before);
	next_log_period();
}

const struct test_case misuses[] = {
	{ "index", out_of_bounds },
	{ "unwrap", unwrap },
	{ "division by zero", division },
	{ "explicit panic", explicit_panic },
	{ "panic in nested calls", nested_calls },
	{ "panic with a lock", with_lock },
	{ "panic with a reservation", with_reservation },
	{ "panic with a task", with_task },
	{ "lock twice", lock_twice },
	{ "65 resources", many_resources },
	{ "unbounded recursion", recursion },
	{ "panic in a panic", panic_in_panic },
	{ "unbounded loop", loop },
	{ "a CPU that was away", new_cpu },
	{ "unbounded loop with a lock", loop_with_lock },
	{ "unbounded message", message },
	{ "unbounded loop of helpers", helpers },
	{ "registers of a task that has ended", ended_task },
	{ "overwritten lock", overwritten_lock },
	{ "symbolised panic", symbolised },
	{ "100000 panics", many_panics },
	{}
};
