// SPDX-License-Identifier: GPL-2.0
/* What the kernel refuses: bad input, wrong signatures, wrong uses. */
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "byhand.h"

#define OVERRIDES "/sample-error_injector/target/x86_64-unknown-none/release/error_injector"

#define MAX_MAPS 256

static const int commands[] = { BPF_REX_IMAGE_LOAD, BPF_REX_PROG_LOAD };

static char *image;
static size_t image_size;

static void read_image(void)
{
	struct file f = read_file(EXTENSION);

	image = f.data;
	image_size = f.size;
}

/* Bytes of the file without its signature. */
static size_t unsigned_size(void)
{
	const size_t marker = strlen("~Module signature appended~\n");
	const unsigned char *len = (void *)(image + image_size - marker - 4);

	return image_size - marker - 12 -
	       (len[0] << 24 | len[1] << 16 | len[2] << 8 | len[3]);
}

static bool loads(const void *data, size_t size)
{
	struct rex_obj *obj = rex_obj_load_mem(data, size, "mutant");

	return obj != NULL;
}

/* The suite's maps in the order of their records. */
static unsigned int all_maps(int fds[MAX_MAPS])
{
	const struct bpf_map *map;
	unsigned int n = 0;

	bpf_object__for_each_map(map, object)
		fds[n++] = bpf_map__fd(map);
	return n;
}

/* Changes one to four places of the file, mostly where its structure is. */
static void mutate(char *copy, size_t size, unsigned int *seed)
{
	int n = 1 + rand_r(seed) % 4;

	while (n--) {
		size_t range = rand_r(seed) % 3 ? size : 1024;
		size_t at = rand_r(seed) % range;

		if (rand_r(seed) % 8 == 0) /* the section headers */
			at = size - 1 - rand_r(seed) % 2048;
		switch (rand_r(seed) % 4) {
		case 0:
			copy[at] ^= 1 << rand_r(seed) % 8;
			break;
		case 1:
			copy[at] = rand_r(seed);
			break;
		case 2:
			copy[at] = 0xff;
			break;
		default:
			memset(copy + at, rand_r(seed), size - at < 8 ? size - at : 8);
		}
	}
}

/* 100 mutants that start from @seed; returns how many the kernel took. */
static int mutants(unsigned int seed)
{
	size_t size = unsigned_size();
	char *copy = malloc(size);
	int fds[MAX_MAPS], taken = 0;
	unsigned int n = all_maps(fds);

	for (int i = 0; i < 100; i++) {
		size_t len = rand_r(&seed) % 16 ? size : rand_r(&seed) % size;
		int fd;

		memcpy(copy, image, size);
		mutate(copy, size, &seed);
		/* The library's way now and then: it loads the programs, too. */
		if (i % 10 == 0) {
			taken += loads(copy, len);
			continue;
		}
		fd = load_image(copy, len, fds, n);
		taken += fd >= 0;
		close(fd);
	}
	return taken;
}

static unsigned int mutants_loaded;

static void mutated_images(void)
{
	struct census before = census();

	mutants_loaded = 0;
	for (unsigned int i = 1; i <= 100 && !failing(); i++)
		mutants_loaded += in_child(mutants, i);
	/* Most bytes are code and names, of which the kernel can't tell. */
	if (mutants_loaded > 9000)
		fail("%u of 10000 mutants were loaded", mutants_loaded);
	expect_census(before);
	expect_log(NULL);
}

static int attrs(unsigned int seed)
{
	unsigned char attr[256];
	static char log[64];

	for (int i = 0; i < 1000; i++) {
		int cmd = commands[rand_r(&seed) % 2];
		size_t size = rand_r(&seed) % 2 ? 64 : rand_r(&seed) % sizeof(attr);
		const void *valid[] = { image, log, attr, NULL, (void *)-4096 };
		size_t n = rand_r(&seed) % 48;

		memset(attr, 0, sizeof(attr));
		while (n--)
			attr[rand_r(&seed) % 64] = rand_r(&seed) % 3 ? rand_r(&seed) % 8 :
								     rand_r(&seed);
		for (int at = 0; at < 64; at += 8)
			if (rand_r(&seed) % 3 == 0)
				memcpy(attr + at, &valid[rand_r(&seed) % 5], 8);
		if (syscall(SYS_bpf, cmd, attr, size) >= 0)
			return 1;
	}
	return 0;
}

static void bad_attrs(void)
{
	struct census before = census();

	for (unsigned int i = 1; i <= 10; i++)
		if (in_child(attrs, i))
			fail("nonsense was accepted, seed %u", i);
	expect_census(before);
}

/* Signatures and rules. */

static int load_signed(unsigned int flip)
{
	if (flip)
		image[flip] ^= 1;
	return loads(image, image_size);
}

static int load_unsigned(unsigned int unused)
{
	(void)unused;
	return loads(image, unsigned_size());
}

#define REQUIRE_SIGNATURE "/proc/sys/kernel/rex_require_signature"

static void signatures(void)
{
	size_t size = unsigned_size();
	int fd;

	if (!in_child(load_signed, 0) || !in_child(load_unsigned, 0))
		fail("nothing is required, and yet not everything loads");
	if (in_child(load_signed, 4096) || in_child(load_signed, image_size - 100))
		fail("a signature that is wrong was accepted");
	write_text(REQUIRE_SIGNATURE, "1");
	if (!in_child(load_signed, 0))
		fail("the signed image was refused");
	if (in_child(load_unsigned, 0))
		fail("an image without signature was accepted");
	/* The switch stays. */
	fd = open(REQUIRE_SIGNATURE, O_WRONLY);
	if (write(fd, "0", 1) != -1 || errno != EINVAL || in_child(load_unsigned, 0))
		fail("signatures are no longer required");
	close(fd);
	for (size_t at = 1; at < size && !failing(); at += size / 50)
		if (in_child(load_signed, at))
			fail("byte %zu changed, and the signature was accepted", at);
}

/* The keyring's number, from /proc/keys; 0 if there is none. */
static int keyring(void)
{
	FILE *keys = fopen("/proc/keys", "r");
	char line[256];
	int serial = 0;

	while (keys && !serial && fgets(line, sizeof(line), keys))
		if (strstr(line, " .rex: "))
			serial = strtoul(line, NULL, 16);
	if (keys)
		fclose(keys);
	return serial;
}

/* The guest's init has put one key there, and root can't add another. */
static void sealed_keyring(void)
{
	const int ring = keyring();
	const uint32_t all = 0x3f3f3f3f;
	int32_t keys[2];

	if (!ring) {
		fail("no keyring .rex");
		return;
	}
	if (syscall(__NR_keyctl, KEYCTL_READ, ring, keys, sizeof(keys)) != sizeof(keys[0]))
		fail("the keyring does not have one key");
	if (syscall(__NR_add_key, "asymmetric", NULL, image, 64, ring) != -1 || errno != EACCES)
		fail("a key more: %s", strerror(errno));
	if (syscall(__NR_keyctl, KEYCTL_SETPERM, ring, all) != -1 || errno != EACCES)
		fail("other permissions: %s", strerror(errno));
	if (syscall(__NR_keyctl, KEYCTL_CLEAR, ring) != -1 || errno != EACCES)
		fail("clear: %s", strerror(errno));
	if (syscall(__NR_keyctl, KEYCTL_INVALIDATE, ring) != -1 || errno != EACCES)
		fail("invalidate: %s", strerror(errno));
	if (syscall(__NR_keyctl, KEYCTL_REVOKE, keys[0]) != -1 || errno != EACCES)
		fail("revoke the key: %s", strerror(errno));
}

/* Loads with no other capabilities than these. */
static int loads_with(unsigned int capabilities)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = {};

	for (int i = 0; i < 2; i++)
		if (capabilities & 1 << i)
			data[0].permitted |= 1 << (int[]){ CAP_NET_ADMIN, CAP_SYS_ADMIN }[i];
	for (int i = 2; i < 4; i++)
		if (capabilities & 1 << i)
			data[1].permitted |= 1 << ((int[]){ CAP_BPF, CAP_PERFMON }[i - 2] - 32);
	data[0].effective = data[0].permitted;
	data[1].effective = data[1].permitted;
	if (syscall(SYS_capset, &header, data))
		return 2;
	return loads(image, image_size);
}

enum { NET_ADMIN = 1, SYS_ADMIN = 2, BPF = 4, PERFMON = 8 };

/* The kernel was started with rex.unsigned=1, and yet that is a module. */
static int unsigned_without_sys_module(unsigned int capabilities)
{
	image_size = unsigned_size();
	return loads_with(capabilities);
}

/* The suite has programs that need each. */
static void capabilities(void)
{
	const struct {
		const char *what;
		unsigned int have;
		int loads;
	} sets[] = {
		{ "none", 0, 0 },
		{ "CAP_BPF", BPF, 0 },
		{ "CAP_BPF, CAP_PERFMON", BPF | PERFMON, 0 },
		{ "CAP_BPF, CAP_NET_ADMIN", BPF | NET_ADMIN, 0 },
		{ "CAP_PERFMON, CAP_NET_ADMIN", PERFMON | NET_ADMIN, 0 },
		{ "CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN", BPF | PERFMON | NET_ADMIN, 1 },
		{ "CAP_SYS_ADMIN", SYS_ADMIN, 1 },
	};

	for (size_t i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		if (in_child(loads_with, sets[i].have) != sets[i].loads)
			fail("with %s it is %s", sets[i].what,
			     sets[i].loads ? "refused" : "loaded");
	if (in_child(unsigned_without_sys_module, BPF | PERFMON | NET_ADMIN))
		fail("an image without signature does not take CAP_SYS_MODULE");
}

static void tail_calls(void)
{
	int progs = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "progs", 4, 4, 1, NULL);
	int fd = bpf_program__fd(program("empty"));
	__u32 key = 0;

	if (progs < 0 || !bpf_map_update_elem(progs, &key, &fd, BPF_ANY))
		fail("a Rex program went into an array for tail calls");
	close(progs);
}

static void smaller_tracepoint(void)
{
	struct bpf_program *prog = program("openat");
	struct bpf_link *link = bpf_program__attach_tracepoint(prog, "syscalls", "sys_exit_dup");

	if (link)
		fail("attached to a hook whose record is too small");
	link = bpf_program__attach(prog);
	if (!link)
		fail("not attached to its own hook: %s", strerror(errno));
	close(syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDONLY, 0));
	bpf_link__destroy(link);
}

static void override_rules(void)
{
	/* An image of its own: what one program imports, all of its image have. */
	struct bpf_object *other = rex_obj_get_bpf(rex_obj_load(OVERRIDES));
	struct bpf_program *prog;

	prog = other ? bpf_object__find_program_by_name(other, "err_injector") : NULL;
	if (!prog) {
		fail("no err_injector in " OVERRIDES);
		return;
	}
	if (bpf_program__attach_kprobe(prog, false, "kprobe_target_func"))
		fail("overrides a function that does not allow it");
	if (bpf_program__attach(prog) || errno != EOPNOTSUPP)
		fail("attach of a probe without target says %s", strerror(errno));
}


/* Cannot be undone. */
static void lockdown(void)
{
	mount("securityfs", "/sys/kernel/security", "securityfs", 0, NULL);
	write_text("/sys/kernel/security/lockdown", "integrity");
	if (in_child(load_unsigned, 0))
		fail("an image without signature was accepted");
	if (!in_child(load_signed, 0))
		fail("the signed image was refused");
	/* It reads the kernel's memory with bpf_probe_read_kernel(). */
	write_text("/sys/kernel/security/lockdown", "confidentiality");
	if (in_child(load_signed, 0))
		fail("confidentiality, and an image that reads the kernel was accepted");
}

/* With a map for OUT whose values Rust may not write as it likes. */
static int load_with_map(unsigned int flags)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = flags);
	int fds[MAX_MAPS], out = map_fd("OUT");
	unsigned int n = all_maps(fds);

	for (unsigned int i = 0; i < n; i++)
		if (fds[i] == out)
			fds[i] = bpf_map_create(BPF_MAP_TYPE_ARRAY, "OUT", 4, 8, 64, &opts);
	return load_image(image, unsigned_size(), fds, n) >= 0;
}

static void guarded_maps(void)
{
	if (!in_child(load_with_map, 0))
		fail("an ordinary map was refused");
	if (in_child(load_with_map, BPF_F_RDONLY_PROG))
		fail("a map that programs must not write was accepted");
	if (in_child(load_with_map, BPF_F_WRONLY_PROG))
		fail("a map that programs must not read was accepted");
}

/* In a child: another import in place of one that probes use. */
static int load_renamed(unsigned int other)
{
	static const char *const others[] = { "bpf_ktime_get_boot_ns", "bpf_xdp_adjust_tail",
					      "bpf_clone_redirect", "bpf_get_stackid_pe" };
	char name[sizeof("bpf_ktime_get_boot_ns")] = {};
	size_t size = unsigned_size();

	strcpy(name, others[other]);
	for (size_t at = 0; at + sizeof(name) <= size; at++)
		if (!memcmp(image + at, "bpf_ktime_get_boot_ns", sizeof(name)))
			memcpy(image + at, name, sizeof(name));
	return loads(image, size);
}

/* The suite has programs of all types, and what some of them use others may not. */
static int load_without_table(unsigned int unused)
{
	size_t size = unsigned_size();

	(void)unused;
	while (size && memcmp(image + size - 16, "RexReach", 8))
		size--;
	memset(image + size - 16, 0, 8);
	return loads(image, size);
}

static void imports_by_type(void)
{
	if (!in_child(load_renamed, 0))
		fail("the image is refused as it is");
	for (int i = 1; i < 4; i++)
		if (in_child(load_renamed, i))
			fail("a probe has import %d of other types", i);
	if (in_child(load_without_table, 0))
		fail("without the table, and programs have imports of other types");
}

static int load_by_hand(unsigned int unused)
{
	struct file f = image_by_hand(base_symbols, 3, BASE_STRINGS, sizeof(BASE_STRINGS), 0);

	(void)unused;
	return load_image(f.data, f.size, NULL, 0) < 0 ? errno : 0;
}

/* A security module is told whether an image is signed: this one wants none that is. */
static void security_hook(void)
{
	static const struct bpf_insn deny_signed[] = {
		/* r1 = *(u64 *)(r1 + 24), the fourth argument; r1 &= 0xff; r0 = 0 */
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 1, .src_reg = 1, .off = 24 },
		{ .code = BPF_ALU64 | BPF_AND | BPF_K, .dst_reg = 1, .imm = 0xff },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		/* if (r1) r0 = -EPERM */
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 1, .off = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -EPERM },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_LSM_MAC,
		    .attach_btf_id = libbpf_find_vmlinux_btf_id("bpf_rex_load", BPF_LSM_MAC));
	int prog = bpf_prog_load(BPF_PROG_TYPE_LSM, "deny_signed", "GPL", deny_signed,
				 sizeof(deny_signed) / sizeof(*deny_signed), &opts);
	int link = bpf_raw_tracepoint_open(NULL, prog);

	if (prog < 0 || link < 0)
		fail("the hook: %s", strerror(errno));
	if (in_child(load_signed, 0))
		fail("a security module refuses an image, and it was loaded");
	if (in_child(load_by_hand, 0))
		fail("a security module refuses signed images, and another was not loaded");
	close(link);
	close(prog);
	if (!in_child(load_signed, 0))
		fail("the security module is gone, and an image was not loaded");
}

/* Cannot be undone. */
static void modules_disabled(void)
{
	write_text("/proc/sys/kernel/modules_disabled", "1");
	if (in_child(load_signed, 0))
		fail("modules are disabled, and an image was loaded");
}

static void tainted(void)
{
	char text[32];

	file_text("/proc/sys/kernel/tainted", text, sizeof(text));
	/* TAINT_UNSIGNED_MODULE */
	if (strcmp(text, "8192\n"))
		fail("after images without signatures the kernel's taint is %s", text);
}

const struct test_case refusals[] = {
	{ "the suite's image", read_image },
	{ "tail calls are refused", tail_calls },
	{ "smaller tracepoint is refused", smaller_tracepoint },
	{ "override of any function is refused", override_rules },
	{ "maps that the verifier guards are refused", guarded_maps },
	{ "imports of other types", imports_by_type },
	{ "capabilities", capabilities },
	{ "the hook of security modules", security_hook },
	{ "the keyring is sealed", sealed_keyring },
	{ "10000 mutated images", mutated_images },
	{ "10000 mutated attributes", bad_attrs },
	{}
};

const struct test_case last[] = {
	{ "images without signatures taint", tainted },
	{ "signatures", signatures },
	{ "lockdown", lockdown },
	{ "disabled modules", modules_disabled },
	{}
};
