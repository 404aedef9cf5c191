// SPDX-License-Identifier: GPL-2.0
/* What tools that know nothing of Rex are told of its programs. */
#include <ctype.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "suite.h"

/* Whether kallsyms has a name with that end at the address. */
static bool named(__u64 addr, const char *end)
{
	char line[512], want[32];
	bool found = false;
	FILE *f = fopen("/proc/kallsyms", "r");

	snprintf(want, sizeof(want), "%016llx ", (unsigned long long)addr);
	while (f && !found && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, end);

		found = !strncmp(line, want, strlen(want)) && at &&
			isspace(at[strlen(end)]);
	}
	if (f)
		fclose(f);
	return found;
}

static void told_to_tools(void)
{
	struct bpf_program *prog = program("empty");
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info), maps[16];
	/* endbr64, which all entries start with */
	static const unsigned char first[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	unsigned char code[4096] = {};
	__u64 start = 0;
	char text[4096];
	int stats = bpf_enable_stats(BPF_STATS_RUN_TIME);
	struct bpf_link *link = attach("empty");

	for (int i = 0; i < 100; i++)
		call(0);
	info.map_ids = (uintptr_t)maps;
	info.nr_map_ids = 16;
	info.jited_prog_insns = (uintptr_t)code;
	info.jited_prog_len = sizeof(code);
	info.jited_ksyms = (uintptr_t)&start;
	info.nr_jited_ksyms = 1;
	if (bpf_prog_get_info_by_fd(bpf_program__fd(prog), &info, &size))
		fail("no information: %s", strerror(errno));
	if (info.type != BPF_PROG_TYPE_KPROBE || strcmp(info.name, "empty") ||
	    info.run_cnt != 100 || !info.run_time_ns || !info.nr_map_ids)
		fail("type %u, name %s, %llu runs in %llu ns, %u maps", info.type,
		     info.name, (unsigned long long)info.run_cnt,
		     (unsigned long long)info.run_time_ns, info.nr_map_ids);
	/* bpftool prog dump jited, and where perf and others look its name up. */
	if (!info.jited_prog_len || info.jited_prog_len > sizeof(code) ||
	    memcmp(code, first, sizeof(first)))
		fail("code of %u bytes that starts with %#x", info.jited_prog_len, code[0]);
	if (!named(start, "::empty"))
		fail("kallsyms has no empty at %#llx", (unsigned long long)start);
	snprintf(text, sizeof(text), "/proc/self/fdinfo/%d", bpf_program__fd(prog));
	file_text(text, text, sizeof(text));
	if (!strstr(text, "rex_image:\tsuite\n") || !strstr(text, "rex_image_id:\t") ||
	    !strstr(text, "rex_image_signer:\tRex extensions: "))
		fail("fdinfo: %s", text);
	bpf_link__destroy(link);
	close(stats);
}

/* Records of a CPU since it was opened: names and programs that came and went. */
struct records {
	int fd;
	struct perf_event_mmap_page *page;
};

#define PAGES 64

static struct records records_open(int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_SOFTWARE, .config = PERF_COUNT_SW_DUMMY, .size = sizeof(attr),
		.ksymbol = 1, .bpf_event = 1,
	};
	struct records r = { .fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, 0) };

	r.page = mmap(NULL, (1 + PAGES) * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, r.fd, 0);
	return r;
}

struct seen {
	int came, went, loads, unloads;
};

static void records_count(struct records r, const __u8 *tag, struct seen *seen)
{
	const char *data = (char *)r.page + 4096;
	__u64 at, end = __atomic_load_n(&r.page->data_head, __ATOMIC_ACQUIRE);
	union {
		struct perf_event_header h;
		struct {
			struct perf_event_header h;
			__u64 addr;
			__u32 len;
			__u16 type, flags;
			char name[256];
		} symbol;
		struct {
			struct perf_event_header h;
			__u16 type, flags;
			__u32 id;
			__u8 tag[BPF_TAG_SIZE]; /* of the image */
		} program;
	} e;

	for (at = 0; at < end; at += e.h.size) {
		for (size_t i = 0; i < sizeof(e); i++)
			((char *)&e)[i] = data[(at + i) % (PAGES * 4096)];
		if (e.h.type == PERF_RECORD_KSYMBOL && strstr(e.symbol.name, "::sampled")) {
			seen->came += !e.symbol.flags;
			seen->went += e.symbol.flags;
		}
		if (e.h.type == PERF_RECORD_BPF_EVENT &&
		    !memcmp(e.program.tag, tag, BPF_TAG_SIZE)) {
			seen->loads += e.program.type == PERF_BPF_EVENT_PROG_LOAD;
			seen->unloads += e.program.type == PERF_BPF_EVENT_PROG_UNLOAD;
		}
	}
}

/* Profilers name samples after these records, when the image is gone again. */
static void told_to_perf(void)
{
	int cpus = libbpf_num_possible_cpus();
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	struct census before = census();
	struct records r[cpus];
	struct seen seen = {};
	pid_t child;

	for (int i = 0; i < cpus; i++) {
		r[i] = records_open(i);
		if (r[i].fd < 0 || r[i].page == MAP_FAILED) {
			fail("records of CPU %d: %s", i, strerror(errno));
			return;
		}
	}
	if (bpf_prog_get_info_by_fd(bpf_program__fd(program("empty")), &info, &size))
		fail("no information: %s", strerror(errno));
	child = fork();
	if (!child)
		come_and_go("empty");
	waitpid(child, NULL, 0);
	expect_census(before);
	for (int i = 0; i < cpus; i++) {
		records_count(r[i], info.tag, &seen);
		munmap(r[i].page, (1 + PAGES) * 4096);
		close(r[i].fd);
	}
	if (seen.came != 1 || seen.went != 1 || seen.loads != before.progs ||
	    seen.unloads != before.progs)
		fail("a function came %d and went %d times, %d programs came, %d went of %d",
		     seen.came, seen.went, seen.loads, seen.unloads, before.progs);
}

const struct test_case tools[] = {
	{ "what tools are told", told_to_tools },
	{ "what perf is told", told_to_perf },
	{}
};
