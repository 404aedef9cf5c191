// SPDX-License-Identifier: GPL-2.0
/* Coming and going. */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "suite.h"

static atomic_bool stop;

static void *hammer(void *unused)
{
	while (!stop)
		ioctl(target_fd, CALL, 5);
	return unused;
}

static void load_while_firing(void)
{
	struct census before = census();
	pthread_t threads[8];
	int n = sysconf(_SC_NPROCESSORS_ONLN), status;

	stop = false;
	for (int i = 0; i < n && i < 8; i++)
		pthread_create(&threads[i], NULL, hammer, NULL);
	for (int i = 0; i < 40; i++) {
		pid_t child = fork();

		if (!child)
			come_and_go(i & 1 ? "misuse" : "hash");
		waitpid(child, &status, 0);
		if (status)
			fail("round %d: status %#x", i, status);
	}
	stop = true;
	for (int i = 0; i < n && i < 8; i++)
		pthread_join(threads[i], NULL);
	expect_census(before);
	expect_log(NULL);
}

/*
 * Kills a loader at its @n-th system call. Returns false if it makes no more
 * than that.
 */
static bool kill_at(int n)
{
	pid_t child = fork();
	int status;

	if (!child) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		come_and_go("empty");
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_EXITKILL);
	/* A call stops twice: before it is made, and after. */
	for (int stop = 0; stop <= 2 * n; stop++) {
		ptrace(PTRACE_SYSCALL, child, 0, 0);
		waitpid(child, &status, 0);
		if (WIFEXITED(status) || WIFSIGNALED(status))
			return false;
	}
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
	return true;
}

static void killed_loader(void)
{
	struct census before = census();
	int n = 0;

	while (!failing() && kill_at(n))
		n++;
	if (n < 20)
		fail("the loader made only %d system calls", n);
	expect_census(before);
	expect_log(NULL);
}

const struct test_case loading[] = {
	{ "load while firing on all CPUs", load_while_firing },
	{ "loader killed at every system call", killed_loader },
	{}
};
