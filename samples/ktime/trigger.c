// SPDX-License-Identifier: GPL-2.0
/* Tells the time to the function that is probed. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>

#define KPROBE_TARGET_CALL 1313

int main(void)
{
	int fd = open("/proc/kprobe_target", O_RDONLY);
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (fd < 0 || ioctl(fd, KPROBE_TARGET_CALL, now.tv_sec * 1000000000 + now.tv_nsec)) {
		perror("/proc/kprobe_target");
		return 1;
	}
	return 0;
}
