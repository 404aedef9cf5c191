// SPDX-License-Identifier: GPL-2.0
/* Calls dup(2) a hundred times, every second time with a bad descriptor. */
#include <unistd.h>

int main(void)
{
	int i;

	for (i = 0; i < 100; i++) {
		int fd = dup(i % 2 ? -1 : 0);

		if (fd >= 0)
			close(fd);
	}
	return 0;
}
