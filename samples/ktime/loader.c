// SPDX-License-Identifier: GPL-2.0
/* Attaches the program and leaves it there: the pin keeps it until somebody removes the file. */
#include "ktime.skel.h"

#define PIN "/sys/fs/bpf/ktime"

int main(void)
{
	struct ktime *skel = ktime__load();

	if (!skel || ktime__attach(skel))
		return 1;
	if (bpf_link__pin(skel->links.rex_prog1, PIN)) {
		perror("pin " PIN);
		return 1;
	}
	printf("attached; `rm " PIN "` detaches\n");
	return 0;
}
