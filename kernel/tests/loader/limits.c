// SPDX-License-Identifier: GPL-2.0
/* Images that are made to cost: time, memory, or the trust in what tools show. */
#include <ctype.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "byhand.h"

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* @n functions that share one name of @mib MiB. */
static struct file long_names(size_t mib, size_t n)
{
	size_t size = mib << 20;
	char *strings = malloc(size);
	Elf64_Sym *symbols = calloc(n, sizeof(*symbols));
	struct file f;

	memset(strings, 'A', size);
	strings[0] = strings[size - 1] = 0;
	for (size_t i = 1; i < n; i++) {
		symbols[i] = base_symbols[2];
		symbols[i].st_shndx = 5;
	}
	memcpy(strings, BASE_STRINGS, sizeof(BASE_STRINGS) - 1);
	symbols[1] = base_symbols[1];
	symbols[2] = base_symbols[2];
	f = image_by_hand(symbols, n, strings, size, 0);
	free(strings);
	free(symbols);
	return f;
}

static void long_symbols(void)
{
	struct file f = long_names(8, 8000);
	double start = seconds(), took;
	pid_t child;
	int fd, status;

	fd = load_image(f.data, f.size, NULL, 0);
	took = seconds() - start;
	if (fd < 0)
		fail("%s: %s", strerror(errno), kernel_says);
	close(fd);
	if (took > 5)
		fail("8000 functions with a name of 8 MiB take %.1f s", took);
	child = fork();
	if (!child)
		_exit(load_image(f.data, f.size, NULL, 0) < 0);
	usleep(20000);
	start = seconds();
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	if (seconds() - start > 2)
		fail("a killed loader takes %.1f s to go", seconds() - start);
	free(f.data);
	f = long_names(8, 60000);
	if (load_image(f.data, f.size, NULL, 0) >= 0 || errno != E2BIG)
		fail("60000 functions: %s", strerror(errno));
	free(f.data);
}

static void forged_names(void)
{
	static const char strings[] = BASE_STRINGS
		"\0x\nffffffff81000000 T forged_line\n\033[31mred\033[0m \xc3\xa4";
	Elf64_Sym symbols[4];
	struct file f;
	char line[1024];
	FILE *names;
	int fd, found = 0;

	memcpy(symbols, base_symbols, sizeof(base_symbols));
	symbols[3] = symbols[1];
	symbols[3].st_name = sizeof(BASE_STRINGS);
	symbols[3].st_value = MAIN + 1;
	f = image_by_hand(symbols, 4, strings, sizeof(strings), 0);
	fd = load_image(f.data, f.size, NULL, 0);
	if (fd < 0)
		fail("%s: %s", strerror(errno), kernel_says);
	names = fopen("/proc/kallsyms", "r");
	while (names && fgets(line, sizeof(line), names)) {
		char *name = strstr(line, "rex_prog_");

		if (!strncmp(line, "ffffffff81000000 T forged_line", 30))
			fail("kallsyms has a line that an image has written");
		if (!name || !strstr(name, "forged"))
			continue;
		found++;
		for (; *name && *name != '\t' && *name != '\n'; name++)
			if (!isascii(*name) || !isgraph(*name))
				fail("kallsyms shows character %#x", *name);
	}
	if (names)
		fclose(names);
	if (!found)
		fail("kallsyms does not have the function");
	close(fd);
	free(f.data);
}

static struct file with_bss(size_t mib)
{
	return image_by_hand(base_symbols, 3, BASE_STRINGS, sizeof(BASE_STRINGS), mib << 20);
}

static void much_memory(void)
{
	static const struct bpf_insn nothing[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K }, { .code = BPF_JMP | BPF_EXIT },
	};
	struct file f = with_bss(15);
	int fds[64], n = 0, filter;

	while (n < 64 && (fds[n] = load_image(f.data, f.size, NULL, 0)) >= 0)
		n++;
	if (n < 2 || n > 8 || errno != ENOMEM)
		fail("%d images of 15 MiB, then: %s", n, strerror(errno));
	/* What is left is eBPF's. */
	filter = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "filter", "GPL", nothing, 2, NULL);
	if (filter < 0)
		fail("an eBPF program does not load any more: %s", strerror(errno));
	close(filter);
	while (n--)
		close(fds[n]);
	free(f.data);
}

#define CGROUPS "/tmp/cgroups"

static int load_in_cgroup(unsigned int mib)
{
	struct file f = with_bss(mib);

	write_text(CGROUPS "/suite/cgroup.procs", "0");
	return load_image(f.data, f.size, NULL, 0) < 0 ? errno : 0;
}

/* A group of 8 MiB has room for an image of 2, and not for one of 12. */
static void charged_memory(void)
{
	int status;

	mkdir(CGROUPS, 0755);
	if (mount("cgroup2", CGROUPS, "cgroup2", 0, NULL) && errno != EBUSY) {
		fail("mount cgroup2: %s", strerror(errno));
		return;
	}
	write_text(CGROUPS "/cgroup.subtree_control", "+memory");
	mkdir(CGROUPS "/suite", 0755);
	write_text(CGROUPS "/suite/memory.max", "8M");
	status = in_child(load_in_cgroup, 2);
	if (status)
		fail("2 MiB: %s", strerror(status));
	status = in_child(load_in_cgroup, 12);
	if (status != ENOMEM)
		fail("12 MiB in a group of 8: %s", strerror(status));
	rmdir(CGROUPS "/suite");
	umount(CGROUPS);
}

const struct test_case limits[] = {
	{ "long names are no work", long_symbols },
	{ "names that forge lines", forged_names },
	{ "memory of all images", much_memory },
	{ "memory is charged", charged_memory },
	{}
};
