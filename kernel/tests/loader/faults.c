// SPDX-License-Identifier: GPL-2.0
/* Faults in an image's code: what a compiler, or whoever signs, has let through. */
#include <sys/ioctl.h>

#include "byhand.h"

static const struct fault {
	const char *name, *code;
	size_t size;
	const char *log, *trap;
} faults[] = {
#define FAULT(_name, _code, _log, _trap) { _name, _code, sizeof(_code) - 1, _log, _trap }
	/* xor %ecx, %ecx; div %ecx */
	FAULT("division", "\x31\xc9\xf7\xf1", "Division by zero in Rex program", "rex: trap 0 at rex_prog_"),
	/* xor %eax, %eax; mov (%rax), %rax */
	FAULT("null", "\x31\xc0\x48\x8b\x00", "Access to a bad address", "address 0x0"),
	/* xor %eax, %eax; mov %rax, (%rax) */
	FAULT("write to null", "\x31\xc0\x48\x89\x00", "Access to a bad address", "address 0x0"),
	/* movabs $0x4141414141414141, %rax; mov (%rax), %rax: no address at all */
	FAULT("wild", "\x48\xb8" "AAAAAAAA" "\x48\x8b\x00", "Access to a bad address", "rex: trap 13"),
	/* mov $-8192, %rax; mov %rax, (%rax): the hole at the end of the address space */
	FAULT("kernel address", "\x48\xc7\xc0\x00\xe0\xff\xff\x48\x89\x00", "Access to a bad address", "rex: trap 14"),
	/* mov %al, the instruction itself */
	FAULT("own code", "\x88\x05\xfa\xff\xff\xff", "Access to a bad address", "rex: trap 14"),
	FAULT("ud2", "\x0f\x0b", "Bad instruction in Rex program", "rex: trap 6"),
	/* push %rax; jmp there */
	FAULT("overflow", "\x50\xeb\xfd", "Stack overflow in Rex program", "rex: trap 8"),
	/* xor %eax, %eax; call *%rax */
	FAULT("call of null", "\x31\xc0\xff\xd0", "Access to a bad address", "address 0x0"),
	/* movabs $0x4141414141414141, %rax; call *%rax */
	FAULT("wild call", "\x48\xb8" "AAAAAAAA" "\xff\xd0", "Access to a bad address", "rex: trap 13"),
	/* mov $-8192, %rax; call *%rax */
	FAULT("call of nothing", "\x48\xc7\xc0\x00\xe0\xff\xff\xff\xd0", "Access to a bad address", "rex: trap 14"),
	/* movabs $4096, %rsp-relative: mov %rax, -0x8000(%rsp) */
	FAULT("below the stack", "\x48\x89\x84\x24\x00\x80\xff\xff", "Access to a bad address", "rex: trap 14"),
};

/* In a child: the image with the victim's code replaced, called a few times. */
static int harmed(unsigned int which)
{
	struct file f = read_file(EXTENSION);
	const Elf64_Sym *victim = symbol(f, "victim");
	char *code = victim ? place(f, victim->st_value) : NULL;
	struct bpf_program *prog;

	strip_signature(&f);
	if (!code)
		return 1;
	memcpy(code + 4 /* endbr64 */, faults[which].code, faults[which].size);
	object = rex_obj_get_bpf(rex_obj_load_mem(f.data, f.size, "suite"));
	prog = object ? bpf_object__find_program_by_name(object, "victim") : NULL;
	if (!prog || !bpf_program__attach(prog))
		return 2;
	for (int i = 0; i < 3; i++)
		if (ioctl(target_fd, CALL, 0))
			return 3;
	return 0;
}

static void all_faults(void)
{
	struct census before = census();

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		const struct fault *f = &faults[i];
		const char *const texts[] = { f->log, f->trap };
		int status;

		for (int n = 0; n < 2; n++) {
			expect_log(NULL);
			status = in_child(harmed, i);
			if (status)
				fail("%s: the loader says %d", f->name, status);
			expect_log(texts[n]);
		}
		if (failing())
			return;
	}
	expect_census(before);
	/* The stacks are as they were, and the lock is free. */
	run("lock", 0);
	if (answer(0) <= 0 || answer(0) == INT64_MAX)
		fail("programs do not run any more");
}

const struct test_case faulty[] = {
	{ "faults of an image's code", all_faults },
	{}
};
