// SPDX-License-Identifier: GPL-2.0
/* ./loader SYSCALL ERRNO: a child calls dup(2) while SYSCALL fails with ERRNO for it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <librex.h>

static int child(int start)
{
	char c;

	if (read(start, &c, 1) != 1)
		return 1;
	if (dup(1) < 0) {
		perror("dup");
		return 1;
	}
	printf("dup: worked\n");
	return 0;
}

int main(int argc, char **argv)
{
	LIBBPF_OPTS(bpf_ksyscall_opts, opts);
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct bpf_link *link;
	struct bpf_map *map;
	__u64 error;
	int start[2], status;
	pid_t pid;

	if (argc != 3) {
		fprintf(stderr, "usage: %s SYSCALL ERRNO\n", argv[0]);
		return 1;
	}
	error = strtoul(argv[2], NULL, 0);
	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	prog = bpf_object__find_program_by_name(obj, "err_injector");
	map = bpf_object__find_map_by_name(obj, "pid_to_errno");
	if (!prog || !map) {
		fprintf(stderr, "no program err_injector or no map pid_to_errno in " REX_OBJECT "\n");
		return 1;
	}
	if (pipe(start)) {
		perror("pipe");
		return 1;
	}
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return 1;
	}
	if (!pid) {
		dup2(1, 2);
		exit(child(start[0]));
	}
	if (bpf_map__update_elem(map, &pid, sizeof(pid), &error, sizeof(error), BPF_ANY)) {
		perror("update pid_to_errno");
		return 1;
	}
	link = bpf_program__attach_ksyscall(prog, argv[1], &opts);
	if (libbpf_get_error(link)) {
		perror("attach err_injector");
		return 1;
	}
	if (write(start[1], "", 1) != 1 || waitpid(pid, &status, 0) != pid) {
		perror("child");
		return 1;
	}
	bpf_link__destroy(link);
	return 0;
}
