// SPDX-License-Identifier: GPL-2.0
/*
 * What no program of the runtime crate gives to a helper, and what it leaves:
 * programs whose code is put together here. Each ends, and the kernel lives.
 */
#include <sys/ioctl.h>

#include "byhand.h"

/* The code of a program while it grows; @at is the image's address of its end. */
struct code {
	struct file file;
	uint64_t at;
};

static void put(struct code *c, const void *bytes, size_t size)
{
	char *to = place(c->file, c->at);

	if (to)
		memcpy(to, bytes, size);
	c->at += size;
}

#define CODE(_c, _bytes) put(_c, _bytes, sizeof(_bytes) - 1)

/* An instruction of those bytes and the distance of @target from its end. */
static void relative(struct code *c, const char *bytes, size_t size, uint64_t target)
{
	int32_t distance = target - (c->at + size + sizeof(distance));

	put(c, bytes, size);
	put(c, &distance, sizeof(distance));
}

/* call *import */
static void helper(struct code *c, const char *name)
{
	relative(c, "\xff\x15", 2, import(c->file, name));
}

/* mov map, %rdi: as the kernel has it in the map's record */
static void map(struct code *c, const char *name)
{
	const Elf64_Sym *s = symbol(c->file, name);

	relative(c, "\x48\x8b\x3d", 3, s ? s->st_value + 24 : 0);
}

/* mov $value, %rdi */
static void number(struct code *c, uint64_t value)
{
	CODE(c, "\x48\xbf");
	put(c, &value, sizeof(value));
}

/* mov %rax, %rdi */
static void result(struct code *c)
{
	CODE(c, "\x48\x89\xc7");
}

/* %rsi points to a key of 0 on the stack; xor %edx, %edx; xor %ecx, %ecx */
static void key(struct code *c)
{
	CODE(c, "\x48\xc7\x04\x24\x00\x00\x00\x00\x48\x89\xe6\x31\xd2\x31\xc9");
}

/* A reservation of 8 bytes in %rax. */
static void reserve(struct code *c)
{
	map(c, "PENDING");
	CODE(c, "\xbe\x08\x00\x00\x00\x31\xd2");
	helper(c, "bpf_ringbuf_reserve");
}

static void discard_null(struct code *c)
{
	number(c, 0);
	CODE(c, "\x31\xf6");
	helper(c, "bpf_ringbuf_discard");
}

static void submit_wild(struct code *c)
{
	number(c, 0x4141414141414141);
	CODE(c, "\x31\xf6");
	helper(c, "bpf_ringbuf_submit");
}

static void submit_stack(struct code *c)
{
	CODE(c, "\x48\x89\xe7\x31\xf6");
	helper(c, "bpf_ringbuf_submit");
}

/* mov %rax, %rbx; and again */
static void discard_twice(struct code *c)
{
	reserve(c);
	CODE(c, "\x48\x89\xc3");
	for (int i = 0; i < 2; i++) {
		CODE(c, "\x48\x89\xdf\x31\xf6");
		helper(c, "bpf_ringbuf_discard");
	}
}

static void release_current(struct code *c)
{
	helper(c, "bpf_get_current_task");
	result(c);
	helper(c, "bpf_task_release");
}

static void release_reservation(struct code *c)
{
	reserve(c);
	result(c);
	helper(c, "bpf_task_release");
}

static void unlock_nothing(struct code *c)
{
	CODE(c, "\x48\x89\xe7");
	helper(c, "bpf_spin_unlock");
}

static void lock_at(struct code *c, uint64_t address)
{
	number(c, address);
	helper(c, "bpf_spin_lock");
}

static void lock_null(struct code *c)
{
	lock_at(c, 0);
}

static void lock_wild(struct code *c)
{
	lock_at(c, 0x4141414141414141);
}

/* The hole at the end of the address space. */
static void lock_hole(struct code *c)
{
	lock_at(c, -8192);
}

static void look_up_in(struct code *c, uint64_t address)
{
	number(c, address);
	key(c);
	helper(c, "bpf_map_lookup_elem");
}

static void no_map(struct code *c)
{
	look_up_in(c, 0);
}

static void no_hash_table(struct code *c)
{
	number(c, 0);
	key(c);
	helper(c, "rex_htab_lookup_elem");
}

static void wild_map(struct code *c)
{
	look_up_in(c, 0x4141414141414141);
}

/* Memory of the kernel, and no map. */
static void task_as_map(struct code *c)
{
	helper(c, "bpf_get_current_task");
	result(c);
	key(c);
	helper(c, "rex_htab_lookup_elem");
}

static void update_of_task(struct code *c)
{
	helper(c, "bpf_get_current_task");
	result(c);
	key(c);
	CODE(c, "\x48\x89\xe2"); /* mov %rsp, %rdx */
	helper(c, "bpf_map_update_elem");
}

static void push_to_stack(struct code *c)
{
	CODE(c, "\x48\x89\xe7");
	key(c);
	helper(c, "bpf_map_push_elem");
}

static void reserve_in_stack(struct code *c)
{
	CODE(c, "\x48\x89\xe7\xbe\x08\x00\x00\x00\x31\xd2");
	helper(c, "bpf_ringbuf_reserve");
}

static void output_to_null(struct code *c)
{
	number(c, 0);
	key(c);
	helper(c, "bpf_ringbuf_output");
}

static void query_of_null(struct code *c)
{
	number(c, 0);
	CODE(c, "\x31\xf6");
	helper(c, "bpf_ringbuf_query");
}

static void print_of_stack(struct code *c)
{
	CODE(c, "\x48\x89\xe7\x31\xf6");
	helper(c, "rex_trace_printk");
}

/* An array is one of the program's maps, and neither of these: an error. */
static void maps_of_other_types(struct code *c)
{
	map(c, "OUT");
	key(c);
	helper(c, "rex_htab_lookup_elem");
	map(c, "OUT");
	key(c);
	helper(c, "bpf_ringbuf_reserve");
}

static void leaves_reservation(struct code *c)
{
	reserve(c);
}

static void leaves_task(struct code *c)
{
	CODE(c, "\xbf\x01\x00\x00\x00");
	helper(c, "bpf_task_from_pid");
}

/* A word of the image's own will do for a lock: OUT's record, where nobody looks. */
static void leaves_lock(struct code *c)
{
	const Elf64_Sym *s = symbol(c->file, "OUT");

	relative(c, "\x48\x8d\x3d", 3, s ? s->st_value + 20 : 0);
	helper(c, "bpf_spin_lock");
}

static void leaves_interrupts_off(struct code *c)
{
	CODE(c, "\xfa");
}

static void leaves_direction(struct code *c)
{
	CODE(c, "\xfd");
}

/* pushf; orl $AC | NT, (%rsp); popf */
static void leaves_flags(struct code *c)
{
	CODE(c, "\x9c\x81\x0c\x24\x00\x40\x04\x00\x9d");
}

#define BAD "Bad argument of a helper in Rex program"
#define LEFT "Rex program came back with what it had taken"
#define STATE "Rex program left the processor in another state"

static const struct harm {
	const char *name;
	void (*code)(struct code *c);
	const char *log;
	bool distrusted;
} harms[] = {
	{ "discard of null", discard_null, BAD },
	{ "submit of what is no address", submit_wild, BAD },
	{ "submit of the stack", submit_stack, BAD },
	{ "second discard", discard_twice, BAD },
	{ "release of a task that was not taken", release_current, BAD },
	/* Which nobody has noted for the panic to give back. */
	{ "release of a reservation", release_reservation, BAD, true },
	{ "unlock of what is not locked", unlock_nothing, BAD },
	{ "lock at null", lock_null, BAD },
	{ "lock at what is no address", lock_wild, BAD },
	{ "lock where nothing is", lock_hole, BAD },
	{ "lookup in null", no_map, BAD },
	{ "hash lookup in null", no_hash_table, BAD },
	{ "lookup in what is no address", wild_map, BAD },
	{ "lookup in a task", task_as_map, BAD },
	{ "update of a task", update_of_task, BAD },
	{ "push to the stack", push_to_stack, BAD },
	{ "reservation in the stack", reserve_in_stack, BAD },
	{ "output to null", output_to_null, BAD },
	{ "query of null", query_of_null, BAD },
	{ "print of the stack", print_of_stack, BAD },
	{ "maps of other types", maps_of_other_types, NULL },
	{ "reservation left", leaves_reservation, LEFT, true },
	{ "task left", leaves_task, LEFT, true },
	{ "lock left", leaves_lock, LEFT, true },
	{ "interrupts left off", leaves_interrupts_off, STATE, true },
	{ "direction left", leaves_direction, STATE, true },
	{ "flags left", leaves_flags, STATE, true },
};

static uint64_t misses(struct bpf_program *prog)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	bpf_prog_get_info_by_fd(bpf_program__fd(prog), &info, &size);
	return info.recursion_misses;
}

/* The suite's image with that code as its victim's. */
static struct file image_with(void (*code)(struct code *c))
{
	struct code c = { .file = read_file(EXTENSION) };
	const Elf64_Sym *victim = symbol(c.file, "victim");

	strip_signature(&c.file);
	c.at = victim ? victim->st_value + 4 /* endbr64 */ : 0;
	CODE(&c, "\x53\x48\x83\xec\x10"); /* push %rbx; sub $16, %rsp */
	code(&c);
	CODE(&c, "\x48\x83\xc4\x10\x5b\x31\xc0\xc3");
	return c.file;
}

/* In a child: three calls. What must not run again doesn't. */
static int harmed(unsigned int which)
{
	struct file f = image_with(harms[which].code);
	struct bpf_program *prog;

	if (failing())
		return 1;
	object = rex_obj_get_bpf(rex_obj_load_mem(f.data, f.size, "suite"));
	prog = object ? bpf_object__find_program_by_name(object, "victim") : NULL;
	if (!prog || !bpf_program__attach(prog))
		return 2;
	for (int i = 0; i < 3; i++)
		if (ioctl(target_fd, CALL, 0))
			return 3;
	return misses(prog) == (harms[which].distrusted ? 2 : 0) ? 0 : 4;
}

static void all_harms(void)
{
	struct census before = census();

	for (size_t i = 0; i < sizeof(harms) / sizeof(*harms); i++) {
		int status;

		expect_log(NULL);
		status = in_child(harmed, i);
		if (status)
			fail("%s: the loader says %d", harms[i].name, status);
		if (harms[i].log)
			expect_log(harms[i].log);
		if (failing())
			return;
	}
	expect_census(before);
	run("lock", 0);
	if (answer(0) <= 0 || answer(0) == INT64_MAX)
		fail("the lock is not free");
}

/* The context is what the hook gave, whatever the program says. */
static void context(void)
{
	struct file f = read_file(EXTENSION);
	const Elf64_Sym *s = symbol(f, "xdp_values");
	struct code c = { .file = f, .at = s ? s->st_value + 4 : 0 };
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet),
		    .data_out = packet, .data_size_out = sizeof(packet));
	int fds[256], n = 0, image, prog;
	const struct bpf_map *m;

	strip_signature(&c.file);
	CODE(&c, "\x50");
	number(&c, 0x4141414141414141);
	CODE(&c, "\xbe\xf8\xff\xff\xff"); /* mov $-8, %esi */
	helper(&c, "bpf_xdp_adjust_tail");
	CODE(&c, "\x59\xb8\x02\x00\x00\x00\xc3"); /* XDP_PASS */
	bpf_object__for_each_map(m, object)
		fds[n++] = bpf_map__fd(m);
	image = load_image(c.file.data, c.file.size, fds, n);
	prog = s ? load_program(image, BPF_PROG_TYPE_XDP, s->st_value) : -1;
	if (prog < 0)
		fail("%s: %s", strerror(errno), kernel_says);
	else if (bpf_prog_test_run_opts(prog, &opts))
		fail("test run: %s", strerror(errno));
	else if (opts.retval != 2 || opts.data_size_out != sizeof(packet) - 8)
		fail("returned %u, with a packet of %u bytes", opts.retval, opts.data_size_out);
	close(prog);
	close(image);
}

/* What has left something behind is not loaded again, either. */
static void not_again(void)
{
	struct file f = image_by_hand(base_symbols, 3, BASE_STRINGS, sizeof(BASE_STRINGS), 0);
	char packet[64] = {};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet));
	int image, prog;

	/* cli; mov $XDP_PASS, %al; ret */
	memcpy(f.data + MAIN + 4, "\xfa\xb0\x02\xc3", 4);
	image = load_image(f.data, f.size, NULL, 0);
	prog = load_program(image, BPF_PROG_TYPE_XDP, MAIN);
	if (prog < 0 || bpf_prog_test_run_opts(prog, &opts))
		fail("%s: %s", strerror(errno), kernel_says);
	if (opts.retval)
		fail("returned %u instead of XDP_ABORTED", opts.retval);
	expect_log(STATE);
	if (load_program(image, BPF_PROG_TYPE_XDP, MAIN) >= 0 || errno != EACCES)
		fail("it is loaded again: %s", strerror(errno));
	close(prog);
	close(image);
	free(f.data);
}

const struct test_case arguments[] = {
	{ "arguments and what is left", all_harms },
	{ "context that the program makes up", context },
	{ "no second time", not_again },
	{}
};
