// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Lists, shows and removes what is in the kernel. */
#include "rex.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const char *const kinds[3] = { "links", "programs", "maps" };

/* Calls each with every entry of a directory, sorted; the sum of what it returns, or -1 if there is no such directory. */
static int entries(const char *dir, int (*each)(const char *dir, const char *name))
{
	struct dirent **found;
	int i, sum = 0, n = scandir(dir, &found, NULL, alphasort);

	for (i = 0; i < n; i++)
		if (found[i]->d_name[0] != '.')
			sum += each(dir, found[i]->d_name);
	return n < 0 ? -1 : sum;
}

static int one(const char *dir, const char *name)
{
	(void)dir;
	(void)name;
	return 1;
}

static int count_of(const char *name, const char *kind)
{
	int n = entries(text(PINS "/%s/%s", name, kind), one);

	return n < 0 ? 0 : n;
}

static const char *state_of(const char *name)
{
	return count_of(name, "links") ? "attached" : "loaded";
}

static int line(const char *dir, const char *name)
{
	(void)dir;
	printf("%-24s %-9s %8d %5d %5d\n", name, state_of(name), count_of(name, "programs"), count_of(name, "links"),
	       count_of(name, "maps"));
	return 1;
}

int list(int count, char **args)
{
	(void)args;
	if (count)
		return complain("list takes nothing; `rex show NAME` shows one");
	if (access(PINS, F_OK) == 0 && access(PINS, R_OK | X_OK))
		return complain(PINS ": %s", strerror(errno));
	printf("%-24s %-9s %8s %5s %5s\n", "NAME", "STATE", "PROGRAMS", "LINKS", "MAPS");
	entries(PINS, line);
	return 0;
}

static int show_program(const char *dir, const char *name)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(text("%s/%s", dir, name));

	if (fd < 0 || bpf_prog_get_info_by_fd(fd, &info, &size))
		return complain("program %s: %s", name, strerror(errno));
	printf("  program %s: id %u, %s, %llu missed", name, info.id, libbpf_bpf_prog_type_str(info.type),
	       (unsigned long long)info.recursion_misses);
	if (info.run_cnt) /* with the sysctl kernel.bpf_stats_enabled */
		printf(", %llu runs in %llu ns", (unsigned long long)info.run_cnt,
		       (unsigned long long)info.run_time_ns);
	puts("");
	close(fd);
	return 0;
}

static int show_map(const char *dir, const char *name)
{
	struct bpf_map_info info = {};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(text("%s/%s", dir, name));

	if (fd < 0 || bpf_map_get_info_by_fd(fd, &info, &size))
		return complain("map %s: %s", name, strerror(errno));
	printf("  map %s: id %u, %s, key %u bytes, value %u bytes, %u entries\n", name, info.id,
	       libbpf_bpf_map_type_str(info.type), info.key_size, info.value_size, info.max_entries);
	close(fd);
	return 0;
}

static int show_link(const char *dir, const char *name)
{
	char what[256] = "";
	struct bpf_link_info info = {};
	uint32_t size = sizeof(info);
	int fd = bpf_obj_get(text("%s/%s", dir, name));

	/* The kernel says what kind it is, and then, where there is room for it, the name of what it is attached to. */
	if (fd < 0 || bpf_link_get_info_by_fd(fd, &info, &size))
		return complain("link %s: %s", name, strerror(errno));
	if (info.type == BPF_LINK_TYPE_PERF_EVENT) {
		uint32_t kind = info.perf_event.type;

		memset(&info, 0, sizeof(info));
		size = sizeof(info);
		if (kind == BPF_PERF_EVENT_TRACEPOINT) {
			info.perf_event.tracepoint.tp_name = (uintptr_t)what;
			info.perf_event.tracepoint.name_len = sizeof(what);
		} else if (kind == BPF_PERF_EVENT_KPROBE || kind == BPF_PERF_EVENT_KRETPROBE) {
			info.perf_event.kprobe.func_name = (uintptr_t)what;
			info.perf_event.kprobe.name_len = sizeof(what);
		}
		if (bpf_link_get_info_by_fd(fd, &info, &size))
			return complain("link %s: %s", name, strerror(errno));
	} else if (info.type == BPF_LINK_TYPE_XDP) {
		snprintf(what, sizeof(what), "device %u", info.xdp.ifindex);
	} else if (info.type == BPF_LINK_TYPE_TCX) {
		snprintf(what, sizeof(what), "device %u, %s", info.tcx.ifindex,
			 libbpf_bpf_attach_type_str(info.tcx.attach_type));
	}
	printf("  link %s: id %u, %s %s, program %u\n", name, info.id, libbpf_bpf_link_type_str(info.type), what,
	       info.prog_id);
	close(fd);
	return 0;
}

static int unknown(const char *name)
{
	return complain("%s is not loaded; `rex list` lists what is", name);
}

/* A name leads to nothing but pins of its own. */
static int known(const char *name)
{
	return name[0] && name[0] != '.' && !strchr(name, '/') && !access(text(PINS "/%s", name), F_OK);
}

int show(int count, char **args)
{
	int i, wrong = 0;

	if (!count)
		return complain("show takes NAME ...; `rex list` lists them");
	for (i = 0; i < count; i++) {
		if (!known(args[i])) {
			wrong |= unknown(args[i]);
			continue;
		}
		printf("%s: %s\n", args[i], state_of(args[i]));
		wrong |= entries(text(PINS "/%s/programs", args[i]), show_program) > 0;
		wrong |= entries(text(PINS "/%s/links", args[i]), show_link) > 0;
		wrong |= entries(text(PINS "/%s/maps", args[i]), show_map) > 0;
	}
	return wrong;
}

static int removal(const char *dir, const char *name)
{
	return unlink(text("%s/%s", dir, name)) && errno != ENOENT;
}

int unpin(const char *name)
{
	const char *dir = text(PINS "/%s", name);

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *below = text("%s/%s", dir, kinds[i]);

		if (entries(below, removal) > 0 || (rmdir(below) && errno != ENOENT))
			return -1;
	}
	return rmdir(dir);
}

int detach(int count, char **args)
{
	int i, wrong = 0;

	if (!count)
		return complain("detach takes NAME ...; `rex list` lists them");
	for (i = 0; i < count; i++) {
		if (!known(args[i]))
			wrong |= unknown(args[i]);
		else if (unpin(args[i]))
			wrong |= complain("detach %s: %s", args[i], strerror(errno));
		else
			printf("%s: detached\n", args[i]);
	}
	return wrong;
}
