// SPDX-License-Identifier: GPL-2.0
/* Programs that run while others do: inside of them, or interrupting them. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/if_link.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "suite.h"

/* The discard port: nobody listens, and the program sees the packet all the same. */
static void send_packet(void)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	if (sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
		fail("sendto: %s", strerror(errno));
	close(s);
}

static void nested(const char *probe, int question)
{
	unsigned int lo = if_nametoindex("lo");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = lo, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct bpf_link *link = attach(probe);

	opts.prog_fd = bpf_program__fd(program("again"));
	if (bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &opts))
		fail("attach again: %s", strerror(errno));
	send_packet();
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
	bpf_link__destroy(link);
	/* One level more is the probe's. */
	if (answer(0) < 4 || answer(0) > 6)
		fail("%lld levels deep", (long long)answer(0));
	if (answer(question) < 3)
		fail("the probe ran %lld times", (long long)answer(question));
}

static void inside(void)
{
	nested("inside", 1);
}

static void panic_inside(void)
{
	nested("panics_inside", 2);
	expect_log("inside of another program");
}

/* Sends packets from CPU 1, to arrive on CPU 0, until told to stop. */
static atomic_bool stop;

static void *send_packets(void *unused)
{
	pin_to_cpu(1);
	while (!stop) {
		send_packet();
		usleep(10000);
	}
	return unused;
}

/* A program at an event that the timer of the current CPU counts, in its interrupt. */
static int attach_to_clock(const char *name, struct bpf_link **link)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = 1000000,
	};
	int fd = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);

	*link = fd < 0 ? NULL : bpf_program__attach_perf_event(program(name), fd);
	if (!*link)
		fail("%s at a perf event: %s", name, strerror(errno));
	return fd;
}

/*
 * A program on CPU 0 waits for @interrupter, in a softirq or in a timer's
 * interrupt there, and says what it found. Both time out by themselves.
 */
static void interrupted(const char *waiter, const char *interrupter)
{
	unsigned int lo = if_nametoindex("lo");
	bool in_softirq = !strcmp(waiter, "waits_in_softirq");
	struct bpf_link *clock = NULL, *probe = NULL;
	const char *xdp = in_softirq ? waiter : interrupter;
	cpu_set_t all;
	pthread_t sender;

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2) {
		skip("it takes two CPUs");
		return;
	}
	sched_getaffinity(0, sizeof(all), &all);
	pin_to_cpu(0);
	clear_answers();
	/* It may take a while on a busy host. */
	write_text(TIMEOUT_MS, "500");
	write_text("/sys/class/net/lo/queues/rx-0/rps_cpus", "1");
	if (bpf_xdp_attach(lo, bpf_program__fd(program(xdp)), XDP_FLAGS_SKB_MODE, NULL))
		fail("attach %s: %s", xdp, strerror(errno));
	if (in_softirq)
		attach_to_clock(interrupter, &clock);
	else
		probe = attach(waiter);
	stop = false;
	pthread_create(&sender, NULL, send_packets, NULL);
	/*
	 * Where ksoftirqd has been woken, softirqs wait for it, and it waits for
	 * the program: then the watchdog ends that, and the next one has it easier.
	 */
	if (probe)
		for (int i = 0; i < 10 && answer(0) != 1; i++) {
			call(0);
			usleep(10000);
		}
	else
		for (int i = 0; i < 200 && answer(0) != 1; i++)
			usleep(10000);
	stop = true;
	pthread_join(sender, NULL);
	bpf_link__destroy(probe);
	bpf_link__destroy(clock);
	bpf_xdp_detach(lo, XDP_FLAGS_SKB_MODE, NULL);
	write_text("/sys/class/net/lo/queues/rx-0/rps_cpus", "0");
	write_text(TIMEOUT_MS, SHORT_TIMEOUT);
	sched_setaffinity(0, sizeof(all), &all);
	expect(0, 1);
}

static void softirq_over_task(void)
{
	interrupted("waits_in_task", "softirq");
}

static void hardirq_over_softirq(void)
{
	interrupted("waits_in_softirq", "hardirq");
}

static void panic_in_softirq_over_task(void)
{
	next_log_period();
	interrupted("waits_in_task", "panics_in_softirq");
	expect_log("interrupting another program");
}

const struct test_case nesting[] = {
	{ "nesting", inside },
	{ "panic in a nested program", panic_inside },
	{ "softirq over task", softirq_over_task },
	{ "panic in softirq over task", panic_in_softirq_over_task },
	{ "hardirq over softirq", hardirq_over_softirq },
	{}
};
