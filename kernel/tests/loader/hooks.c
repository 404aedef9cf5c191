// SPDX-License-Identifier: GPL-2.0
/* Each type of program at its hook: what it is told, and what its value does. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include "suite.h"

/* Ports that packet() of src/hooks.rs knows. */
enum { PASS = 4711, DROP, PANIC };

static int bound_socket(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct timeval patience = { .tv_usec = 300000 };
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	if (s < 0 || bind(s, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    connect(s, (struct sockaddr *)&at, sizeof(at)))
		fail("socket: %s", strerror(errno));
	return s;
}

/* Sends 16 bytes to itself; whether they arrive, and as what. */
static bool arrives(int s, const char *as)
{
	char text[32] = {};

	if (send(s, "0123456789abcdef", 16, 0) < 0 && errno != ENOBUFS)
		fail("send: %s", strerror(errno));
	if (recv(s, text, sizeof(text), 0) < 0)
		return false;
	if (strcmp(text, as))
		fail("what arrives is \"%s\"", text);
	return true;
}

static void expect_packets(const char *as)
{
	static const struct {
		uint16_t port;
		bool arrives;
	} ports[] = { { DROP, false }, { PANIC, false }, { PASS, true } };

	expect_log(NULL);
	for (int i = 0; i < 3; i++) {
		int s = bound_socket(ports[i].port);

		clear_answers();
		if (arrives(s, as) != ports[i].arrives)
			fail("port %u: %s", ports[i].port,
			     ports[i].arrives ? "nothing arrives" : "something arrives");
		close(s);
	}
	expect_log("a packet that nobody likes");
}

static void xdp(void)
{
	unsigned int lo = if_nametoindex("lo");

	if (bpf_xdp_attach(lo, bpf_program__fd(program("xdp_values")), XDP_FLAGS_SKB_MODE, NULL)) {
		fail("attach: %s", strerror(errno));
		return;
	}
	/* The program has changed the first byte, and cut and cleared the last two. */
	expect_packets("X123456789abcd");
	bpf_xdp_detach(lo, XDP_FLAGS_SKB_MODE, NULL);
	expect_all((int64_t[]){ 58, 0x0800, INADDR_LOOPBACK, INADDR_LOOPBACK,
				IPPROTO_UDP, 5, 4, 1, PASS, PASS, 24, lo, 0, 0, 1, 0,
				56, 0, 58, -EINVAL, 58, 1 }, 22);
}

static void tc(void)
{
	unsigned int lo = if_nametoindex("lo");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = lo, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	int s = bound_socket(4800), mark = 1234, priority = 3;

	setsockopt(s, SOL_SOCKET, SO_MARK, &mark, sizeof(mark));
	setsockopt(s, SOL_SOCKET, SO_PRIORITY, &priority, sizeof(priority));
	opts.prog_fd = bpf_program__fd(program("tc_values"));
	if (bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &opts)) {
		fail("attach: %s", strerror(errno));
		return;
	}
	clear_answers();
	arrives(s, "0123456789abcdef");
	expect_all((int64_t[]){ 58, 58, 0, 0x0800, lo, 1234, 3, 0, 0, 1, IPPROTO_UDP, 4800,
				INADDR_LOOPBACK }, 13);
	close(s);
	/* A panic is as if there was no program: that packet arrives. */
	s = bound_socket(DROP);
	if (arrives(s, "0123456789abcdef"))
		fail("a packet that was shot arrives");
	close(s);
	expect_log(NULL);
	s = bound_socket(PANIC);
	if (!arrives(s, "0123456789abcdef"))
		fail("a packet is lost in a panic");
	close(s);
	expect_log("a packet that nobody likes");
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
}

/* What a tap was given before does not change with the packet. */
static void shared_packet(void)
{
	unsigned int lo = if_nametoindex("lo");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = lo, .attach_point = BPF_TC_INGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct sockaddr_ll at = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
				  .sll_ifindex = lo };
	struct timeval patience = { .tv_usec = 300000 };
	int tap = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)), s = bound_socket(4801), seen = 0;
	char packet[256];
	ssize_t n;

	opts.prog_fd = bpf_program__fd(program("rewrites"));
	if (bind(tap, (struct sockaddr *)&at, sizeof(at)) ||
	    setsockopt(tap, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) ||
	    bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &opts))
		fail("attach: %s", strerror(errno));
	if (!arrives(s, "X123456789abcdef"))
		fail("the packet does not arrive");
	while ((n = recv(tap, packet, sizeof(packet), 0)) > 0) {
		if (n < 58 || packet[23] != IPPROTO_UDP)
			continue;
		seen++;
		if (memcmp(packet + 42, "0123456789abcdef", 16))
			fail("the tap's copy is \"%.16s\"", packet + 42);
	}
	if (!seen)
		fail("the tap has seen nothing");
	close(tap);
	close(s);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
}

static void perf_event(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .size = sizeof(attr),
		.config = PERF_COUNT_SW_CPU_CLOCK, .sample_period = 1000000,
		/* The program asks for the kernel's stack. */
		.exclude_user = 1,
	};
	int fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	struct bpf_link *link;
	uint64_t stack[127] = {};
	uint32_t id;

	clear_answers();
	link = fd < 0 ? NULL : bpf_program__attach_perf_event(program("sampled"), fd);
	if (!link) {
		fail("attach: %s", strerror(errno));
		return;
	}
	for (int i = 0; i < 100000 && answer(0) == INT64_MAX; i++)
		syscall(SYS_getppid);
	bpf_link__destroy(link);
	expect(0, 0);
	expect(1, 1);
	expect(2, 1000000);
	expect(3, 0);
	if (answer(4) == 0 || answer(4) == INT64_MAX)
		fail("no instruction pointer");
	if (answer(5) < 0) {
		fail("no stack id: %lld", (long long)answer(5));
		return;
	}
	id = answer(5);
	if (bpf_map_lookup_elem(map_fd("STACKS"), &id, stack) || !stack[0])
		fail("stack %u is not there", id);
}

struct event {
	uint64_t fd, magic;
};

static int events;

static void on_event(void *want, int cpu, void *data, uint32_t size)
{
	struct event *e = data;

	(void)cpu;
	/* The kernel pads records to 8 bytes. */
	if (size < sizeof(*e) || e->fd != *(uint64_t *)want || e->magic != 0x0ddba11)
		fail("event of %u bytes: fd %llu", size, (unsigned long long)e->fd);
	events++;
}

static void tracepoints(void)
{
	int fd = open("/dev/null", O_RDONLY);
	uint64_t want = fd;
	struct perf_buffer *buffer = perf_buffer__new(map_fd("EVENTS"), 8, on_event,
						      NULL, &want, NULL);
	static const char *const programs[] = { "dup", "open_enter", "open_exit",
						"openat_enter", "openat_exit",
						"raw_enter", "raw_exit" };
	struct bpf_link *links[7];
	int opened, at;

	if (!buffer) {
		fail("perf_buffer__new: %s", strerror(errno));
		return;
	}
	for (int i = 0; i < 7; i++)
		links[i] = attach(programs[i]);
	clear_answers();
	close(dup(fd));
	opened = syscall(SYS_open, "/dev/null", O_WRONLY, 0);
	at = syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR, 0600);
	syscall(SYS_getsid, 12345678);
	for (int i = 0; i < 7; i++)
		bpf_link__destroy(links[i]);
	events = 0;
	perf_buffer__consume(buffer);
	perf_buffer__free(buffer);
	close(fd);
	close(opened);
	close(at);
	if (events != 1)
		fail("%d events came, want 1", events);
	expect_all((int64_t[]){ SYS_dup, want, 0, -E2BIG, O_WRONLY, opened, AT_FDCWD,
				O_RDWR, 0600, at, 12345678, -ESRCH }, 12);
}

__attribute__((noinline, noclone, used, externally_visible)) long uprobe_target(long a, long b)
{
	asm volatile("" : : "r"(a), "r"(b) : "memory");
	return a + b;
}

static void uprobe(void)
{
	struct bpf_link *link = attach("in_user_space");

	clear_answers();
	if (uprobe_target(11, 31) != 42)
		fail("the probed function is not what it was");
	bpf_link__destroy(link);
	expect_all((int64_t[]){ 11, 31, getpid() }, 3);
}

static void pinned(void)
{
	const char *path = "/sys/fs/bpf/suite-empty";
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	int fd;

	if (bpf_program__pin(program("empty"), path))
		fail("pin: %s", strerror(errno));
	fd = bpf_obj_get(path);
	if (fd < 0 || bpf_prog_get_info_by_fd(fd, &info, &size) || strcmp(info.name, "empty"))
		fail("what is pinned is \"%s\"", info.name);
	close(fd);
	unlink(path);
}

const struct test_case hooks[] = {
	{ "tracepoints", tracepoints },
	{ "uprobe", uprobe },
	{ "perf event", perf_event },
	{ "XDP", xdp },
	{ "traffic control", tc },
	{ "a packet that others have", shared_packet },
	{ "pinned program", pinned },
	{}
};
