// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of Rex in the kernel. Prints one line per case, "ok NAME" or
 * "not ok NAME: what is wrong", and at the end "all N cases passed". With an
 * argument only the cases run that have it in their names.
 */
#include <sys/resource.h>

#include "loader/suite.h"

int main(int argc, char **argv)
{
	const struct rlimit files = { 65536, 65536 };

	setrlimit(RLIMIT_NOFILE, &files);
	suite_only = argc > 1 ? argv[1] : NULL;
	if (!suite_open()) {
		perror("set-up");
		return 1;
	}
	write_text(TIMEOUT_MS, SHORT_TIMEOUT);
	suite_run(values);
	suite_run(tools);
	suite_run(hooks);
	suite_run(misuses);
	suite_run(nesting);
	suite_run(contexts);
	suite_run(watchdog);
	suite_run(loading);
	suite_run(health);
	/* From here on there are images without signatures: they taint the kernel. */
	suite_run(refusals);
	suite_run(limits);
	suite_run(faulty);
	suite_run(arguments);
	suite_run(last);
	return suite_close();
}
