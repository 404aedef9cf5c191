// SPDX-License-Identifier: GPL-2.0
/* ./trigger DEPTH...: has the kernel call the function that is probed with each of them. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>

#define KPROBE_TARGET_CALL 1313

int main(int argc, char **argv)
{
	int fd = open("/proc/kprobe_target", O_RDONLY);
	int i;

	for (i = 1; i < argc; i++) {
		if (fd < 0 || ioctl(fd, KPROBE_TARGET_CALL, strtoul(argv[i], NULL, 0))) {
			perror("/proc/kprobe_target");
			return 1;
		}
	}
	return 0;
}
