// SPDX-License-Identifier: GPL-2.0
/* Attaches the program and leaves it there: the pin keeps it until somebody removes the file. */
#include <stdio.h>

#include <bpf/libbpf.h>
#include <librex.h>

#define PIN "/sys/fs/bpf/ktime"

int main(void)
{
	struct bpf_object *obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	struct bpf_program *prog;
	struct bpf_link *link;

	if (!obj)
		return 1;
	prog = bpf_object__find_program_by_name(obj, "rex_prog1");
	if (!prog) {
		fprintf(stderr, "no program rex_prog1 in " REX_OBJECT "\n");
		return 1;
	}
	link = bpf_program__attach(prog);
	if (!link) {
		perror("attach rex_prog1");
		return 1;
	}
	if (bpf_link__pin(link, PIN)) {
		perror("pin " PIN);
		return 1;
	}
	printf("attached; `rm " PIN "` detaches\n");
	return 0;
}
