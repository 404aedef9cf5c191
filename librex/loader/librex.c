// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#define _GNU_SOURCE
#include "librex.h"

#include <bpf/bpf.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "image.h"
#include "uapi.h"
#include "view.h"

struct rex_obj {
	struct rex_obj *next;
	struct bpf_object *bpf;
};

/* What has been loaded stays until the process ends. */
static struct rex_obj *objects;
static pthread_mutex_t objects_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int verbose;
static _Atomic(void (*)(const char *)) printer;

void rex_set_debug(int val)
{
	verbose = val;
}

void rex_set_print(void (*print)(const char *reason))
{
	printer = print;
}

__attribute__((format(printf, 1, 2))) static void debug(const char *format, ...)
{
	va_list args;

	if (!verbose)
		return;
	va_start(args, format);
	flockfile(stderr);
	fputs("librex: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	funlockfile(stderr);
	va_end(args);
}

/* What the kernel said of a refused request, and its errno. */
static void complain(const char *what, const char *name, const char *log, int err)
{
	void (*print)(const char *) = printer;
	char reason[1024];

	snprintf(reason, sizeof(reason), "%s %s: %s%s%s", what, name,
		 strerror(err), log[0] ? ": " : "", log);
	if (print)
		print(reason);
	else
		fprintf(stderr, "librex: %s\n", reason);
}

static int sys_bpf(unsigned int cmd, union rex_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* Kernel names are short and hold letters, digits, '_' and '.' only. */
static void kernel_name(char out[REX_NAME_LEN], const char *name)
{
	size_t i;

	memset(out, 0, REX_NAME_LEN);
	for (i = 0; i < REX_NAME_LEN - 1 && name[i]; i++) {
		char c = name[i];
		int ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			 (c >= '0' && c <= '9') || c == '_' || c == '.';

		out[i] = ok ? c : '_';
	}
}

static int create_map(const struct image_map *map)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts, .map_flags = map->record.flags);
	const struct map_record *r = &map->record;
	char name[REX_NAME_LEN];
	int fd;

	kernel_name(name, map->name);
	fd = bpf_map_create(r->type, name, r->key_size, r->value_size,
			    r->max_entries, &opts);
	if (fd < 0) {
		complain("create map", map->name, "", -fd);
		errno = -fd;
		return -1;
	}
	debug("map %s: type %u, key %u, value %u, entries %u, flags %#x, fd %d",
	      map->name, r->type, r->key_size, r->value_size, r->max_entries,
	      r->flags, fd);
	return fd;
}

static int load_image(const struct image *image, const int *map_fds,
		      const char *name)
{
	char log[256] = "";
	union rex_attr attr = {
		.image = {
			.image = (uintptr_t)image->data,
			.image_size = image->size,
			.map_cnt = image->nr_maps,
			.map_fds = (uintptr_t)map_fds,
			.log_buf = (uintptr_t)log,
			.log_size = sizeof(log),
		},
	};
	int fd;

	kernel_name(attr.image.image_name, name);
	fd = sys_bpf(REX_IMAGE_LOAD, &attr);
	if (fd < 0) {
		int err = errno;

		complain("load", name, err == EINVAL && !log[0] ?
			 "is this a Rex kernel?" : log, err);
		errno = err;
	}
	return fd;
}

/* Loads a program and puts it where @prog of the view holds its placeholder. */
static int load_prog(const struct image_prog *p, int image_fd,
		     struct bpf_program *prog)
{
	char log[256] = "";
	union rex_attr attr = {
		.prog = {
			.image_fd = image_fd,
			.prog_type = bpf_program__type(prog),
			.entry = p->entry,
			.log_buf = (uintptr_t)log,
			.log_size = sizeof(log),
		},
	};
	int fd, err;

	kernel_name(attr.prog.prog_name, p->name);
	fd = sys_bpf(REX_PROG_LOAD, &attr);
	if (fd < 0) {
		err = errno;
		complain("load program", p->name, log, err);
		errno = err;
		return -1;
	}
	err = dup3(fd, bpf_program__fd(prog), O_CLOEXEC) < 0 ? errno : 0;
	close(fd);
	if (err) {
		complain("load program", p->name, "", err);
		errno = err;
		return -1;
	}
	debug("program %s: section %s, entry %#llx, fd %d", p->name, p->section,
	      (unsigned long long)p->entry, bpf_program__fd(prog));
	return 0;
}

static struct bpf_object *load(const struct image *image, const int *map_fds,
			       const char *name)
{
	struct bpf_object *view;
	int image_fd, err;
	size_t i;

	image_fd = load_image(image, map_fds, name);
	if (image_fd < 0)
		return NULL;
	view = view_open(image, name);
	err = view ? -view_load(view, image, map_fds) : errno;
	if (err) {
		complain("make libbpf's view of", name, "", err);
		bpf_object__close(view);
		close(image_fd);
		errno = err;
		return NULL;
	}
	for (i = 0; i < image->nr_progs; i++) {
		struct bpf_program *prog = bpf_object__find_program_by_name(
			view, image->progs[i].name);

		if (prog && !load_prog(&image->progs[i], image_fd, prog))
			continue;
		err = prog ? errno : ENOENT;
		bpf_object__close(view);
		close(image_fd);
		errno = err;
		return NULL;
	}
	close(image_fd); /* the programs hold the image */
	return view;
}

static int is_ebpf(const void *data, size_t size)
{
	const Elf64_Ehdr *e = data;

	return size >= sizeof(*e) && !memcmp(e->e_ident, ELFMAG, SELFMAG) &&
	       e->e_machine == EM_BPF;
}

/* All of it is libbpf's, which also says on stderr what the verifier says. */
static struct bpf_object *load_ebpf(const void *data, size_t size, const char *name)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct bpf_object *bpf = bpf_object__open_mem(data, size, &opts);
	int err;

	if (bpf && !bpf_object__load(bpf))
		return bpf;
	err = errno;
	complain("load", name, "", err);
	bpf_object__close(bpf);
	errno = err;
	return NULL;
}

static struct bpf_object *load_extension(const void *data, size_t size,
					 const char *name)
{
	struct bpf_object *view = NULL;
	struct image image = {};
	int *map_fds = NULL;
	char why[256];
	size_t i, made = 0;
	int err;

	err = -image_read(&image, data, size, why, sizeof(why));
	if (err) {
		complain("load", name, why, err);
		goto out;
	}
	map_fds = calloc(image.nr_maps + 1, sizeof(*map_fds));
	if (!map_fds) {
		err = ENOMEM;
		complain("load", name, "", err);
		goto out;
	}
	for (; made < image.nr_maps; made++) {
		map_fds[made] = create_map(&image.maps[made]);
		if (map_fds[made] < 0) {
			err = errno;
			goto out;
		}
	}
	view = load(&image, map_fds, name);
	err = errno;
out:
	/* The view has descriptors of its own. */
	for (i = 0; i < made; i++)
		close(map_fds[i]);
	free(map_fds);
	image_free(&image);
	errno = err;
	return view;
}

struct rex_obj *rex_obj_load_mem(const void *data, size_t size, const char *name)
{
	struct rex_obj *obj = calloc(1, sizeof(*obj));
	void *copy = NULL;
	int err;

	/* An aligned copy that nobody changes while it is being read. */
	if (!name)
		name = "extension";
	if (!obj || !data || posix_memalign(&copy, 8, size ? size : 1)) {
		err = data ? ENOMEM : EINVAL;
		complain("load", name, data ? "" : "no data", err);
		goto fail;
	}
	memcpy(copy, data, size);
	obj->bpf = is_ebpf(copy, size) ? load_ebpf(copy, size, name) :
					 load_extension(copy, size, name);
	if (!obj->bpf) {
		err = errno;
		goto fail;
	}
	free(copy);
	pthread_mutex_lock(&objects_lock);
	obj->next = objects;
	objects = obj;
	pthread_mutex_unlock(&objects_lock);
	return obj;
fail:
	free(copy);
	free(obj);
	errno = err;
	return NULL;
}

struct rex_obj *rex_obj_load(const char *file_path)
{
	const char *slash = file_path ? strrchr(file_path, '/') : NULL;
	struct rex_obj *obj = NULL;
	char *data = NULL;
	struct stat st;
	size_t got = 0;
	int fd, err = 0;

	if (!file_path) {
		errno = EINVAL;
		complain("load", "(null)", "", errno);
		return NULL;
	}
	/* Not to wait for the other end of a pipe, only to refuse it. */
	fd = open(file_path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st))
		err = errno;
	else if (!S_ISREG(st.st_mode))
		err = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
	if (!err && !(data = malloc(st.st_size + 1)))
		err = ENOMEM;
	while (!err && got < (size_t)st.st_size) {
		ssize_t n = read(fd, data + got, st.st_size - got);

		if (n < 0 && errno != EINTR)
			err = errno;
		if (n == 0)
			break;
		got += n > 0 ? n : 0;
	}
	if (err) {
		complain("read", file_path, "", err);
	} else {
		debug("%s: %zu bytes", file_path, got);
		obj = rex_obj_load_mem(data, got, slash ? slash + 1 : file_path);
		err = errno;
	}
	if (fd >= 0)
		close(fd);
	free(data);
	if (!obj)
		errno = err;
	return obj;
}

struct bpf_object *rex_obj_get_bpf(struct rex_obj *obj)
{
	return obj ? obj->bpf : NULL;
}

int rex_obj_attach(struct rex_obj *obj)
{
	struct bpf_program *prog;
	int count = 0;

	bpf_object__for_each_program(prog, obj->bpf) {
		/* libbpf's name of the section: kind/where */
		if (!strchr(bpf_program__section_name(prog), '/'))
			continue;
		if (!bpf_program__attach(prog)) {
			int err = errno;

			complain("attach", bpf_program__name(prog), "", err);
			errno = err;
			return -1;
		}
		count++;
	}
	return count;
}

int rex_wait(const char *ready)
{
	sigset_t end;
	int sig;

	sigemptyset(&end);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &end, NULL);
	if (ready) {
		puts(ready);
		fflush(stdout);
	}
	return sigwait(&end, &sig);
}
