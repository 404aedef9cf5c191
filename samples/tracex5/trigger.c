// SPDX-License-Identifier: GPL-2.0
/* Takes a seccomp filter that allows everything, and makes some system calls. */
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	/* A filter that allows a call whatever its arguments is not even run. */
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 16 /* the first argument */),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 2, .filter = filter };
	char buffer[512] = "";
	int zero = open("/dev/zero", O_RDONLY), null = open("/dev/null", O_WRONLY);

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) {
		perror("seccomp filter");
		return 1;
	}
	if (read(zero, buffer, sizeof(buffer)) != sizeof(buffer) ||
	    write(null, buffer, sizeof(buffer)) != sizeof(buffer)) {
		perror("read and write");
		return 1;
	}
	if (mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	syscall(SYS_getuid);
	return 0;
}
