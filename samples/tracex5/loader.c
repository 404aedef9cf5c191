// SPDX-License-Identifier: GPL-2.0
/* Attaches the program for as long as this runs. */
#include <stdio.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <librex.h>

int main(void)
{
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct bpf_link *link;

	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	prog = bpf_object__find_program_by_name(obj, "rex_prog1");
	if (!prog) {
		fprintf(stderr, "no program rex_prog1 in " REX_OBJECT "\n");
		return 1;
	}
	link = bpf_program__attach(prog);
	if (libbpf_get_error(link)) {
		perror("attach rex_prog1");
		return 1;
	}
	printf("attached\n");
	fflush(stdout);
	pause();
	bpf_link__destroy(link);
	return 0;
}
