// SPDX-License-Identifier: GPL-2.0
/* What is left of it all in the kernel. */
#include <sys/mount.h>

#include "suite.h"

/* On a debug kernel only. */
static void no_leaks(void)
{
	const char *kmemleak = "/sys/kernel/debug/kmemleak";
	char text[4096];

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (access(kmemleak, F_OK)) {
		skip("the kernel has no kmemleak; mage test:kernel-debug");
		return;
	}
	/* What is in use may look like a leak once, but not twice. */
	write_text(kmemleak, "scan");
	sleep(6);
	write_text(kmemleak, "scan");
	file_text(kmemleak, text, sizeof(text));
	if (text[0])
		fail("%.400s", text);
}

static void untainted(void)
{
	char text[32];

	file_text("/proc/sys/kernel/tainted", text, sizeof(text));
	if (strcmp(text, "0\n"))
		fail("the kernel is tainted: %s", text);
}

const struct test_case health[] = {
	{ "no leaks", no_leaks },
	{ "no taint", untainted },
	{}
};
