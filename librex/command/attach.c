// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Loads extensions and attaches their programs. Pins keep both when this has ended. */
#include "rex.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <librex.h>
#include <linux/bpf.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An extension on its way into the kernel. */
struct extension {
	const char *name, *file;
	struct bpf_object *bpf;
	char **places; /* PROGRAM=WHERE */
	int nr_places;
};

static const char *const folders[] = { "/etc/rex/extensions", "/usr/lib/rex/extensions" };

/* Finds the file of FILE|NAME, and the name that its pins get. */
static int find(struct extension *e, const char *arg)
{
	const char *slash = strrchr(arg, '/');
	size_t i;

	e->name = slash ? slash + 1 : arg;
	if (!e->name[0] ||
	    strspn(e->name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != strlen(e->name))
		return complain("%s: the name of an extension has letters, digits, _ and - only; rename the file", arg);
	e->file = arg;
	if (slash)
		return 0;
	for (i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		e->file = text("%s/%s", folders[i], arg);
		if (!access(e->file, F_OK))
			return 0;
	}
	return complain("no extension %s in %s or %s; a path has a slash: ./%s", arg, folders[0], folders[1], arg);
}

/* What is said of where a program goes; NULL if nothing is. */
static const char *place(const struct extension *e, const char *program)
{
	size_t length = strlen(program);
	int i;

	for (i = 0; i < e->nr_places; i++)
		if (!strncmp(e->places[i], program, length) && e->places[i][length] == '=')
			return e->places[i] + length + 1;
	return NULL;
}

/* Each PROGRAM=WHERE has to speak of a program that there is. */
static int check_places(const struct extension *e)
{
	int i;

	for (i = 0; i < e->nr_places; i++) {
		const char *end = strchr(e->places[i], '=');
		struct bpf_program *prog;
		char *names = "";

		if (!end || !end[1])
			return complain("%s: where a program goes is said as PROGRAM=WHERE", e->places[i]);
		bpf_object__for_each_program(prog, e->bpf) {
			const char *name = bpf_program__name(prog);

			if (strlen(name) == (size_t)(end - e->places[i]) && !strncmp(name, e->places[i], strlen(name)))
				break;
			names = text("%s %s", names, name);
		}
		if (!prog)
			return complain("%s: %s has no such program; it has:%s", e->places[i], e->name, names);
	}
	return 0;
}

static int open_extension(struct extension *e, int count, char **args)
{
	struct rex_obj *obj;

	if (find(e, args[0]))
		return 1;
	e->places = args + 1;
	e->nr_places = count - 1;
	if (!access(text(PINS "/%s", e->name), F_OK))
		return complain("%s is loaded already; `rex detach %s` unloads it", e->name, e->name);
	obj = rex_obj_load(e->file); /* which says what is wrong */
	e->bpf = rex_obj_get_bpf(obj);
	return obj ? check_places(e) : 1;
}

/* Attaches a program of packets to a device. Returns a descriptor of the link. */
static int attach_device(struct bpf_program *prog, const char *where)
{
	enum bpf_attach_type kind = BPF_XDP;
	char device[IF_NAMESIZE] = "";
	size_t length = strcspn(where, ":");
	const char *side = where + length;
	unsigned int index;

	if (bpf_program__type(prog) == BPF_PROG_TYPE_SCHED_CLS) {
		kind = strcmp(side, ":egress") ? BPF_TCX_INGRESS : BPF_TCX_EGRESS;
		if (!strcmp(side, ":egress") || !strcmp(side, ":ingress"))
			side = "";
	}
	if (*side || length >= sizeof(device)) {
		errno = ENODEV;
		return -1;
	}
	memcpy(device, where, length);
	index = if_nametoindex(device);
	return index ? bpf_link_create(bpf_program__fd(prog), index, kind, NULL) : -1;
}

/* Attaches a program and pins its link, which holds it there. */
static int attach_program(const struct extension *e, struct bpf_program *prog)
{
	const char *name = bpf_program__name(prog), *section = bpf_program__section_name(prog);
	const char *where = place(e, name), *pin = text(PINS "/%s/links/%s", e->name, name);
	enum bpf_prog_type type = bpf_program__type(prog);
	struct bpf_link *link;
	int fd;

	if (type == BPF_PROG_TYPE_XDP || type == BPF_PROG_TYPE_SCHED_CLS) {
		if (!where)
			return complain("program %s (%s) needs a device: rex attach %s %s=DEVICE", name, section,
					e->name, name);
		fd = attach_device(prog, where);
		if (fd < 0 || bpf_obj_pin(fd, pin))
			return complain("attach %s to %s: %s", name, where, strerror(errno));
		close(fd);
		return 0;
	}
	if (type == BPF_PROG_TYPE_PERF_EVENT)
		return complain(
			"program %s is one of perf events, which a loader of its own has to open: docs/librex.md",
			name);
	if (where && type == BPF_PROG_TYPE_KPROBE && section[0] == 'k') /* no uprobe */
		link = bpf_program__attach_kprobe(prog, !strncmp(section, "kretprobe", 9), where);
	else if (where)
		return complain("program %s goes where its section says, %s; leave out %s=%s", name, section, name,
				where);
	else if (!strchr(section, '/'))
		return complain("program %s (%s) needs a function: rex attach %s %s=FUNCTION", name, section, e->name,
				name);
	else
		link = bpf_program__attach(prog);
	if (!link || bpf_link__pin(link, pin))
		return complain("attach %s (%s%s%s): %s", name, section, where ? " " : "", where ? where : "",
				strerror(errno));
	return 0;
}

/* Pins programs and maps, for bpftool and `rex show`. */
static int pin_objects(const struct extension *e)
{
	struct bpf_program *prog;
	struct bpf_map *map;

	mkdir(PINS, 0700);
	if (mkdir(text(PINS "/%s", e->name), 0700))
		return complain(PINS "/%s: %s; is the bpf file system mounted on /sys/fs/bpf?", e->name,
				strerror(errno));
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (mkdir(text(PINS "/%s/%s", e->name, kinds[i]), 0700))
			return complain(PINS "/%s/%s: %s", e->name, kinds[i], strerror(errno));
	bpf_object__for_each_program(prog, e->bpf)
		if (bpf_obj_pin(bpf_program__fd(prog), text(PINS "/%s/programs/%s", e->name, bpf_program__name(prog))))
			return complain("pin program %s: %s", bpf_program__name(prog), strerror(errno));
	bpf_object__for_each_map(map, e->bpf)
		if (bpf_obj_pin(bpf_map__fd(map), text(PINS "/%s/maps/%s", e->name, bpf_map__name(map))))
			return complain("pin map %s: %s", bpf_map__name(map), strerror(errno));
	return 0;
}

static int attach_all(const struct extension *e)
{
	struct bpf_program *prog;
	int count = 0;

	bpf_object__for_each_program(prog, e->bpf) {
		if (attach_program(e, prog))
			return 1;
		count++;
	}
	printf("%s: attached %d program%s\n", e->name, count, count == 1 ? "" : "s");
	return 0;
}

int load(int count, char **args)
{
	struct extension e = {};

	if (count != 1)
		return complain("load takes one FILE or NAME");
	if (open_extension(&e, count, args))
		return 1;
	if (pin_objects(&e)) {
		unpin(e.name);
		return 1;
	}
	printf("%s: loaded; `rex show %s` shows it\n", e.name, e.name);
	return 0;
}

int attach(int count, char **args)
{
	struct extension e = {};

	if (count < 1)
		return complain(
			"attach takes a FILE or NAME, and PROGRAM=WHERE for programs that do not say so themselves");
	if (open_extension(&e, count, args))
		return 1;
	if (pin_objects(&e) || attach_all(&e)) {
		unpin(e.name); /* all or nothing */
		return 1;
	}
	return 0;
}
