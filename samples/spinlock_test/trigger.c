// SPDX-License-Identifier: GPL-2.0
/* Calls dup(2) several times and shows that each call still works. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	int i;

	for (i = 0; i < 5; i++) {
		int fd = dup(1);

		if (fd < 0) {
			perror("dup");
			return 1;
		}
		close(fd);
	}
	printf("alive after %d panics\n", i);
	return 0;
}
