// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of Rex in the kernel. Prints one line per case, "ok NAME" or
 * "not ok NAME: what is wrong", and at the end "all N cases passed".
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define EXTENSION "./target/x86_64-unknown-none/release/suite"
#define OVERRIDES "/sample-error_injector/target/x86_64-unknown-none/release/error_injector"
#define CALL 1313
#define TRACING "/sys/kernel/tracing"

static struct bpf_object *object;
static int out_fd, target_fd, kmsg_fd;
static char wrong[512]; /* why the case at hand fails; empty: it does not */

static char skipped[128]; /* why the case at hand was not run */

static void skip(const char *why)
{
	snprintf(skipped, sizeof(skipped), "%s", why);
}

static void fail(const char *fmt, ...)
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

static int64_t answer(uint32_t question)
{
	int64_t value = INT64_MIN;

	if (bpf_map_lookup_elem(out_fd, &question, &value))
		fail("answer %u can't be read: %s", question, strerror(errno));
	return value;
}

static void expect(uint32_t question, int64_t want)
{
	int64_t got = answer(question);

	if (got != want)
		fail("answer %u is %lld, want %lld", question, (long long)got,
		     (long long)want);
}

static void expect_all(const int64_t *want, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		expect(i, want[i]);
}

/* Calls the function that programs hang on. */
static void call(unsigned long arg)
{
	if (ioctl(target_fd, CALL, arg))
		fail("the probed function returned %s", strerror(errno));
}

static struct bpf_link *attach(const char *name)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, name);
	struct bpf_link *link = prog ? bpf_program__attach(prog) : NULL;

	if (!link)
		fail("attach %s: %s", name, strerror(errno));
	return link;
}

/* Runs a program once, from an empty sheet of answers. */
static void run(const char *name, unsigned long arg)
{
	const int64_t nothing = INT64_MAX;
	struct bpf_link *link = attach(name);

	if (!link)
		return;
	for (uint32_t i = 0; i < 64; i++)
		bpf_map_update_elem(out_fd, &i, &nothing, BPF_ANY);
	call(arg);
	bpf_link__destroy(link);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_TRUNC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		fail("%s: %s", path, strerror(errno));
	close(fd);
}

/* Reads all that was logged since the last call; wants @text in it, if given. */
static void expect_log(const char *text)
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

static void file_text(const char *path, char *text, size_t size)
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

struct census {
	int progs, maps, symbols, areas;
};

static struct census census(void)
{
	return (struct census){
		.progs = count_ids(bpf_prog_get_next_id),
		.maps = count_ids(bpf_map_get_next_id),
		.symbols = count_lines("/proc/kallsyms", "rex_prog_"),
		.areas = count_lines("/proc/vmallocinfo", "rex_image_load"),
	};
}

/* What is freed is freed some time after the last user is gone. */
static void expect_census(struct census want)
{
	struct census got;

	for (int i = 0; i < 100; i++) {
		got = census();
		if (!memcmp(&got, &want, sizeof(want)))
			return;
		usleep(100000);
	}
	fail("%d programs, %d maps, %d symbols, %d areas; want %d, %d, %d, %d",
	     got.progs, got.maps, got.symbols, got.areas, want.progs, want.maps,
	     want.symbols, want.areas);
}

/* Helpers and maps. */

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
		bpf_object__find_map_fd_by_name(object, "RING"), receive, NULL,
		NULL);

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

static void print(void)
{
	int fd = open(TRACING "/trace_pipe", O_RDONLY | O_NONBLOCK);
	struct pollfd p = { .fd = fd, .events = POLLIN };
	char text[8192];
	bool found = false;
	ssize_t n;

	run("print", 99);
	/* Whoever else reads the pipe takes what it reads. */
	poll(&p, 1, 500);
	while ((n = read(fd, text, sizeof(text) - 1)) > 0) {
		text[n] = 0;
		found |= strstr(text, "[suite::values::print] argument 99") != NULL;
	}
	close(fd);
	(void)found;
	expect_all((int64_t[]){ 0, -E2BIG }, 2);
}

static void told_to_tools(void)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, "empty");
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info), maps[16];
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct bpf_link *link = attach("empty");

	for (int i = 0; i < 100; i++)
		call(0);
	info.map_ids = (uintptr_t)maps;
	info.nr_map_ids = 16;
	if (bpf_prog_get_info_by_fd(bpf_program__fd(prog), &info, &size))
		fail("no information: %s", strerror(errno));
	if (info.type != BPF_PROG_TYPE_KPROBE || strcmp(info.name, "empty") ||
	    info.run_cnt != 100 || !info.run_time_ns || !info.nr_map_ids)
		fail("type %u, name %s, %llu runs in %llu ns, %u maps", info.type,
		     info.name, (unsigned long long)info.run_cnt,
		     (unsigned long long)info.run_time_ns, info.nr_map_ids);
	bpf_link__destroy(link);
	close(stats);
}

/* The ends of programs. */

static const struct {
	const char *name, *log;
} misuses[] = {
	{ "index", "index out of bounds: the len is 3 but the index is 7" },
	{ "unwrap", "called `Option::unwrap()` on a `None` value" },
	{ "division by zero", "attempt to divide by zero" },
	{ "explicit panic", "explicit, kind 3" },
	{ "panic in nested calls", "index out of bounds: the len is 3 but the index is 94" },
	{ "panic with a lock", "with a lock, " },
	{ "panic with a reservation", "with a reservation" },
	{ "panic with a task", "with a task, true" },
	{ "lock twice", "Second spin lock in Rex program" },
	{ "65 resources", "Object count exceeded" },
	{ "unbounded recursion", "Stack overflow in Rex program" },
	{ "panic in a panic", "panicked in the message of a panic" },
	{ "unbounded loop", "Timeout in Rex program" },
	{ "unbounded loop with a lock", "Timeout in Rex program" },
	{ "unbounded message", "Timeout in the message of a panic" },
	{ "unbounded loop of helpers", "Timeout in Rex program" },
};

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
		bpf_object__find_map_fd_by_name(object, "PENDING"), ignore, NULL,
		NULL);

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

static void misuse(int kind)
{
	expect_log(NULL);
	run("misuse", kind);
	expect(0, kind);
	expect_log(misuses[kind].log);
	expect_free();
}

static void symbolised(void)
{
	expect_log(NULL);
	run("misuse", 4);
	/* The frames of the panicking function's callers carry their names. */
	run("misuse", 4);
	expect_log("::suite::misuse::");
}

static void many_panics(void)
{
	struct census before = census();
	struct bpf_link *link = attach("misuse");

	for (int i = 0; i < 100000 && !wrong[0]; i++)
		call(i % 8);
	bpf_link__destroy(link);
	expect_free();
	expect_census(before);
	expect_log(NULL);
}

/* Programs inside of programs. */

static void nested(const char *probe, int question)
{
	unsigned int lo = if_nametoindex("lo");
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = lo, .attach_point = BPF_TC_EGRESS);
	LIBBPF_OPTS(bpf_tc_opts, opts);
	struct bpf_program *prog = bpf_object__find_program_by_name(object, "again");
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct bpf_link *link = attach(probe);
	int s = socket(AF_INET, SOCK_DGRAM, 0);

	opts.prog_fd = bpf_program__fd(prog);
	if (bpf_tc_hook_create(&hook) || bpf_tc_attach(&hook, &opts))
		fail("attach again: %s", strerror(errno));
	if (sendto(s, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) != 1)
		fail("sendto: %s", strerror(errno));
	close(s);
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
	bpf_link__destroy(link);
	/* One level more is the probe's. */
	if (answer(0) < 4 || answer(0) > 6)
		fail("%lld levels deep", (long long)answer(0));
	if (answer(question) < 3)
		fail("the probe ran %lld times", (long long)answer(question));
}

static void nesting(void)
{
	nested("inside", 1);
}

static void nested_panic(void)
{
	nested("panics_inside", 2);
	expect_log("inside of another program");
}

/* Coming and going. */

static atomic_bool stop;

static void *hammer(void *unused)
{
	while (!stop)
		ioctl(target_fd, CALL, 5);
	return unused;
}

/* In a child: a view has no end but that of its process. */
static void come_and_go(const char *program)
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

static void load_while_firing(void)
{
	struct census before = census();
	pthread_t threads[8];
	int n = sysconf(_SC_NPROCESSORS_ONLN), status;

	stop = false;
	for (int i = 0; i < n && i < 8; i++)
		pthread_create(&threads[i], NULL, hammer, NULL);
	for (int i = 0; i < 40; i++) {
		pid_t child = fork();

		if (!child)
			come_and_go(i & 1 ? "misuse" : "hash");
		waitpid(child, &status, 0);
		if (status)
			fail("round %d: status %#x", i, status);
	}
	stop = true;
	for (int i = 0; i < n && i < 8; i++)
		pthread_join(threads[i], NULL);
	expect_census(before);
	expect_log(NULL);
}

static void killed_loader(void)
{
	struct census before = census();
	unsigned int seed = 1;
	int killed = 0, status;

	for (int i = 0; i < 150; i++) {
		pid_t child = fork();

		if (!child)
			come_and_go("empty");
		usleep(rand_r(&seed) % 30000);
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
		killed += WIFSIGNALED(status);
	}
	if (killed < 20)
		fail("only %d of 150 loaders were killed in time", killed);
	expect_census(before);
}

/* Bad input. */

static char *image;
static size_t image_size;

static void read_image(void)
{
	struct stat st;
	int fd = open(EXTENSION, O_RDONLY);

	if (fd < 0 || fstat(fd, &st))
		return;
	image_size = st.st_size;
	image = malloc(image_size);
	if (read(fd, image, image_size) != (ssize_t)image_size)
		image_size = 0;
	close(fd);
}

/* Bytes of the file without its signature. */
static size_t unsigned_size(void)
{
	const size_t marker = strlen("~Module signature appended~\n");
	const unsigned char *len = (void *)(image + image_size - marker - 4);

	return image_size - marker - 12 -
	       (len[0] << 24 | len[1] << 16 | len[2] << 8 | len[3]);
}

static bool loads(const void *data, size_t size)
{
	struct rex_obj *obj = rex_obj_load_mem(data, size, "mutant");

	return obj != NULL;
}

/* In a child, since what is loaded stays until it ends. */
static int in_child(int (*work)(unsigned int), unsigned int arg)
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

/* Changes one to four places of the file, mostly where its structure is. */
static void mutate(char *copy, size_t size, unsigned int *seed)
{
	int n = 1 + rand_r(seed) % 4;

	while (n--) {
		size_t range = rand_r(seed) % 3 ? size : 1024;
		size_t at = rand_r(seed) % range;

		if (rand_r(seed) % 8 == 0) /* the section headers */
			at = size - 1 - rand_r(seed) % 2048;
		switch (rand_r(seed) % 4) {
		case 0:
			copy[at] ^= 1 << rand_r(seed) % 8;
			break;
		case 1:
			copy[at] = rand_r(seed);
			break;
		case 2:
			copy[at] = 0xff;
			break;
		default:
			memset(copy + at, rand_r(seed), size - at < 8 ? size - at : 8);
		}
	}
}

static unsigned int mutants_loaded;

/* 100 mutants that start from @seed; returns how many the kernel took. */
static int mutants(unsigned int seed)
{
	size_t size = unsigned_size();
	char *copy = malloc(size);
	int taken = 0;

	for (int i = 0; i < 100; i++) {
		memcpy(copy, image, size);
		mutate(copy, size, &seed);
		taken += loads(copy, rand_r(&seed) % 16 ? size :
							  rand_r(&seed) % size);
	}
	return taken;
}

static void mutated_images(void)
{
	struct census before = census();

	mutants_loaded = 0;
	for (unsigned int i = 1; i <= 100 && !wrong[0]; i++)
		mutants_loaded += in_child(mutants, i);
	/* Most bytes are code and names, of which the kernel can't tell. */
	if (mutants_loaded > 9000)
		fail("%u of 10000 mutants were loaded", mutants_loaded);
	expect_census(before);
	expect_log(NULL);
}

/* Command numbers of docs/abi.md, section 3. */
static const int commands[] = { 0x52580001, 0x52580002 };

static int attrs(unsigned int seed)
{
	unsigned char attr[256];
	static char log[64];

	for (int i = 0; i < 1000; i++) {
		int cmd = commands[rand_r(&seed) % 2];
		size_t size = rand_r(&seed) % 2 ? 64 : rand_r(&seed) % sizeof(attr);
		const void *valid[] = { image, log, attr, NULL, (void *)-4096 };
		size_t n = rand_r(&seed) % 48;

		memset(attr, 0, sizeof(attr));
		while (n--)
			attr[rand_r(&seed) % 64] = rand_r(&seed) % 3 ? rand_r(&seed) % 8 :
								     rand_r(&seed);
		for (int at = 0; at < 64; at += 8)
			if (rand_r(&seed) % 3 == 0)
				memcpy(attr + at, &valid[rand_r(&seed) % 5], 8);
		if (syscall(SYS_bpf, cmd, attr, size) >= 0)
			return 1;
	}
	return 0;
}

static void bad_attrs(void)
{
	struct census before = census();

	for (unsigned int i = 1; i <= 10; i++)
		if (in_child(attrs, i))
			fail("nonsense was accepted, seed %u", i);
	expect_census(before);
}

/* Signatures and rules. */

static int load_signed(unsigned int flip)
{
	if (flip)
		image[flip] ^= 1;
	return loads(image, image_size);
}

static int load_unsigned(unsigned int unused)
{
	(void)unused;
	return loads(image, unsigned_size());
}

static void signatures(void)
{
	size_t size = unsigned_size();

	if (!in_child(load_signed, 0) || !in_child(load_unsigned, 0))
		fail("nothing is required, and yet not everything loads");
	if (in_child(load_signed, 4096) || in_child(load_signed, image_size - 100))
		fail("a signature that is wrong was accepted");
	write_text("/proc/sys/kernel/rex_require_signature", "1");
	if (!in_child(load_signed, 0))
		fail("the signed image was refused");
	if (in_child(load_unsigned, 0))
		fail("an image without signature was accepted");
	for (size_t at = 1; at < size && !wrong[0]; at += size / 50)
		if (in_child(load_signed, at))
			fail("byte %zu changed, and the signature was accepted", at);
	write_text("/proc/sys/kernel/rex_require_signature", "0");
}

static int refused_without_capability(unsigned int unused)
{
	(void)unused;
	if (setuid(65534))
		return 1;
	return loads(image, image_size);
}

static void capabilities(void)
{
	if (in_child(refused_without_capability, 0))
		fail("nobody may load extensions");
}

static void tail_calls(void)
{
	int progs = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "progs", 4, 4, 1, NULL);
	int fd = bpf_program__fd(bpf_object__find_program_by_name(object, "empty"));
	__u32 key = 0;

	if (progs < 0 || !bpf_map_update_elem(progs, &key, &fd, BPF_ANY))
		fail("a Rex program went into an array for tail calls");
	close(progs);
}

static void smaller_tracepoint(void)
{
	struct bpf_program *prog = bpf_object__find_program_by_name(object, "openat");
	struct bpf_link *link = bpf_program__attach_tracepoint(prog, "syscalls", "sys_exit_dup");

	if (link)
		fail("attached to a hook whose record is too small");
	link = bpf_program__attach(prog);
	if (!link)
		fail("not attached to its own hook: %s", strerror(errno));
	close(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0));
	bpf_link__destroy(link);
}

static void override_rules(void)
{
	/* An image of its own: what one program imports, all of its image have. */
	struct bpf_object *other = rex_obj_get_bpf(rex_obj_load(OVERRIDES));
	struct bpf_program *prog;

	prog = other ? bpf_object__find_program_by_name(other, "err_injector") : NULL;
	if (!prog) {
		fail("no err_injector in " OVERRIDES);
		return;
	}
	if (bpf_program__attach_kprobe(prog, false, "kprobe_target_func"))
		fail("overrides a function that does not allow it");
	if (bpf_program__attach(prog) || errno != EOPNOTSUPP)
		fail("attach of a probe without target says %s", strerror(errno));
}

/* On a debug kernel only. */
static void no_leaks(void)
{
	const char *kmemleak = "/sys/kernel/debug/kmemleak";
	char text[4096];

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (access(kmemleak, F_OK)) {
		skip("the kernel has no kmemleak; mage test:kernel-debug");
		return;
	}
	/* What is in use may look like a leak once, but not twice. */
	write_text(kmemleak, "scan");
	sleep(6);
	write_text(kmemleak, "scan");
	file_text(kmemleak, text, sizeof(text));
	if (text[0])
		fail("%.400s", text);
}

static void untainted(void)
{
	char text[32];

	file_text("/proc/sys/kernel/tainted", text, sizeof(text));
	if (strcmp(text, "0\n"))
		fail("the kernel is tainted: %s", text);
}

static const struct {
	const char *name;
	void (*run)(void);
} cases[] = {
	{ "task helpers", tasks },
	{ "clocks and numbers", clocks },
	{ "memory and text helpers", memory },
	{ "hash map", hash },
	{ "arrays", array },
	{ "stack and queue", stack_and_queue },
	{ "ring buffer", ring },
	{ "trace output", print },
	{ "what tools are told", told_to_tools },
	{ "symbolised panic", symbolised },
	{ "nesting", nesting },
	{ "panic in a nested program", nested_panic },
	{ "tail calls are refused", tail_calls },
	{ "smaller tracepoint is refused", smaller_tracepoint },
	{ "override of any function is refused", override_rules },
	{ "no capability, no extension", capabilities },
	{ "signatures", signatures },
	{ "load while firing on all CPUs", load_while_firing },
	{ "killed loaders", killed_loader },
	{ "10000 mutated images", mutated_images },
	{ "10000 mutated attributes", bad_attrs },
	{ "100000 panics", many_panics },
	{ "no leaks", no_leaks },
	{ "no taint", untainted },
};

static int failed, done;

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

int main(void)
{
	struct rlimit files = { 65536, 65536 };
	double start;

	setrlimit(RLIMIT_NOFILE, &files);
	read_image();
	target_fd = open("/proc/kprobe_target", O_RDONLY);
	kmsg_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK);
	object = rex_obj_get_bpf(rex_obj_load(EXTENSION));
	if (!object || !image_size || target_fd < 0 || kmsg_fd < 0) {
		perror("set-up");
		return 1;
	}
	out_fd = bpf_object__find_map_fd_by_name(object, "OUT");
	/* Endless loops are to end soon, and each panic is to be logged. */
	write_text("/proc/sys/kernel/rex_timeout_ms", "100");
	for (size_t i = 0; i < sizeof(misuses) / sizeof(*misuses); i++) {
		start = now();
		misuse(i);
		report(misuses[i].name, start);
	}
	sleep(5); /* a new period of the log's rate limit */
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		start = now();
		cases[i].run();
		report(cases[i].name, start);
	}
	if (failed)
		printf("%d of %d cases failed\n", failed, done);
	else
		printf("all %d cases passed\n", done);
	return failed != 0;
}
