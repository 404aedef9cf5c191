// SPDX-License-Identifier: GPL-2.0
/* ../src/main.rs for eBPF: says which system calls a process makes that has a seccomp filter, with their arguments. */
#include <linux/bpf.h>
#include <linux/unistd.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "GPL";

/* The kernel's own, of which libbpf looks up where the fields are when it loads the program. */
struct pt_regs {
	unsigned long r10, dx, si, di, orig_ax;
} __attribute__((preserve_access_index));

#define say(format, ...) bpf_printk("[tracex5::rex_prog1] " format, __VA_ARGS__)

SEC("kprobe/__seccomp_filter")
int rex_prog1(void *ctx)
{
	struct pt_regs *regs = (void *)bpf_task_pt_regs(bpf_get_current_task_btf());
	int number = regs->orig_ax;
	__u64 args[] = { regs->di, regs->si, regs->dx };

	switch (number) {
	case __NR_write:
		/* What is traced is written, too: not everything, lest it fill the buffer. */
		if (args[2] == 512)
			say("write(fd=%llu, buf=0x%llx, size=%llu)", args[0], args[1], args[2]);
		break;
	case __NR_read:
		if (args[2] >= 128 && args[2] <= 1024)
			say("read(fd=%llu, buf=0x%llx, size=%llu)", args[0], args[1], args[2]);
		break;
	case __NR_mmap:
		say("mmap(length=%llu, prot=%llu)", args[1], args[2]);
		break;
	case __NR_getuid ... __NR_getsid:
		say("syscall=%d (one of get/set uid/pid/gid)", number);
		break;
	}
	return 0;
}
