// SPDX-License-Identifier: GPL-2.0
/* ./trigger TIMES: has the kernel call the function that is probed. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define KPROBE_TARGET_CALL 1313

int main(int argc, char **argv)
{
	int times = argc > 1 ? atoi(argv[1]) : 1;
	int fd = open("/proc/kprobe_target", O_RDONLY);

	while (times-- > 0) {
		if (fd < 0 || ioctl(fd, KPROBE_TARGET_CALL, 0)) {
			perror("/proc/kprobe_target");
			return 1;
		}
	}
	return 0;
}
