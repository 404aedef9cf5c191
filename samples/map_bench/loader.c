// SPDX-License-Identifier: GPL-2.0
/* Attaches the program and leaves it there: the pin keeps it until somebody removes the file. */
#include "map_bench.skel.h"

#define PIN "/sys/fs/bpf/map_bench"

int main(void)
{
	struct map_bench *skel = map_bench__load();

	if (!skel || map_bench__attach(skel))
		return 1;
	if (bpf_link__pin(skel->links.rex_prog1, PIN)) {
		perror("pin " PIN);
		return 1;
	}
	printf("attached; `rm " PIN "` detaches\n");
	return 0;
}
