// SPDX-License-Identifier: GPL-2.0
/* Attaches the program and leaves it there: the pin keeps it until somebody removes the file. */
#include "startup_overhead_benchmark.skel.h"

#define PIN "/sys/fs/bpf/startup_overhead_benchmark"

int main(void)
{
	struct startup_overhead_benchmark *skel = startup_overhead_benchmark__load();

	if (!skel || startup_overhead_benchmark__attach(skel))
		return 1;
	if (bpf_link__pin(skel->links.rex_prog1, PIN)) {
		perror("pin " PIN);
		return 1;
	}
	printf("attached; `rm " PIN "` detaches\n");
	return 0;
}
