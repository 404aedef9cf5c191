// SPDX-License-Identifier: GPL-2.0
/* ./loader DEVICE: attaches to a device, within its driver, for as long as this runs. */
#include <linux/if_link.h>
#include <net/if.h>
#include <stdio.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <librex.h>

int main(int argc, char **argv)
{
	unsigned int device = if_nametoindex(argc > 1 ? argv[1] : "lo");
	struct bpf_object *obj;
	struct bpf_program *prog;

	obj = rex_obj_get_bpf(rex_obj_load(REX_OBJECT));
	if (!obj)
		return 1;
	prog = bpf_object__find_program_by_name(obj, "rex_prog1");
	if (!prog) {
		fprintf(stderr, "no program rex_prog1 in " REX_OBJECT "\n");
		return 1;
	}
	/* A device whose driver knows nothing of XDP, such as lo, refuses. */
	if (bpf_xdp_attach(device, bpf_program__fd(prog), XDP_FLAGS_DRV_MODE, NULL)) {
		perror("attach rex_prog1");
		return 1;
	}
	printf("attached\n");
	fflush(stdout);
	pause();
	bpf_xdp_detach(device, XDP_FLAGS_DRV_MODE, NULL);
	return 0;
}
