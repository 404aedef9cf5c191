// SPDX-License-Identifier: GPL-2.0
/* ./loader [-i N]: loads the extension N times; each counts the opens of this program alone and together. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

#define CALLS 10

/* Non-zero if the map, which began at 0, has not seen the calls. */
static int verify(int fd, unsigned int id)
{
	unsigned int key = 0, value = 0;

	if (bpf_map_lookup_elem(fd, &key, &value)) {
		perror("look up");
		return 1;
	}
	printf("verify map:%u val: %u\n", id, value);
	return value < CALLS;
}

static unsigned int id_of(int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return bpf_map_get_info_by_fd(fd, &info, &size) ? 0 : info.id;
}

int main(int argc, char **argv)
{
	int i, c, fd, count = 1, failed = 0;
	int *fds;

	while ((c = getopt(argc, argv, "i:")) == 'i')
		count = atoi(optarg);
	if (count < 1) {
		fprintf(stderr, "usage: %s [-i N]\n", argv[0]);
		return 1;
	}
	fds = calloc(count, 2 * sizeof(*fds));
	if (!fds)
		return 1;
	for (i = 0; i < count; i++) {
		struct bpf_object *obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
		struct bpf_program *prog;

		if (!obj)
			return 1;
		fds[2 * i] = bpf_object__find_map_fd_by_name(obj, "enter_open_map");
		fds[2 * i + 1] = bpf_object__find_map_fd_by_name(obj, "exit_open_map");
		printf("prog #%d: map ids %u %u\n", i, id_of(fds[2 * i]), id_of(fds[2 * i + 1]));
		bpf_object__for_each_program(prog, obj)
		{
			if (libbpf_get_error(bpf_program__attach(prog))) {
				fprintf(stderr, "attach %s: ", bpf_program__name(prog));
				perror("");
				return 1;
			}
		}
	}
	for (i = 0; i < CALLS; i++) {
		fd = i % 2 ? open("/dev/null", O_RDONLY) : (int)syscall(SYS_open, "/dev/null", O_RDONLY, 0);
		if (fd >= 0)
			close(fd);
	}
	for (i = 0; i < 2 * count; i++)
		failed |= verify(fds[i], id_of(fds[i]));
	return failed;
}
