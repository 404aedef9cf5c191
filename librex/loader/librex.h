/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * librex: loads Rex extensions.
 *
 * An extension is an ELF file made by the Rex compiler. Loading it creates its
 * maps and loads its image and its programs into the kernel; attaching is
 * libbpf's, through the view that rex_obj_get_bpf() gives. Everything that
 * these functions return belongs to the library until the process ends, when
 * the kernel closes it: never free it and never call bpf_object__close().
 *
 * All functions may be called from several threads at once.
 */
#ifndef LIBREX_H
#define LIBREX_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define LIBREX_NODISCARD __attribute__((warn_unused_result))
#define LIBREX_API __attribute__((visibility("default")))
#else
#define LIBREX_NODISCARD
#define LIBREX_API
#endif

struct bpf_object;
struct rex_obj;

/*
 * Loads the extension at @file_path. Attaches nothing. Each call yields maps
 * and programs of its own, also for the same file. Returns NULL on failure,
 * with the reason on stderr, errno set, and nothing left in the kernel.
 *
 * A file for eBPF (EM_BPF) is loaded as libbpf does it, so that one loader can
 * run a program and its twin for eBPF.
 */
LIBREX_API LIBREX_NODISCARD struct rex_obj *rex_obj_load(const char *file_path);

/*
 * The same for an extension of @size bytes in memory; @name is what tools show.
 * The memory may be freed afterwards.
 */
LIBREX_API LIBREX_NODISCARD struct rex_obj *
rex_obj_load_mem(const void *data, size_t size, const char *name);

/*
 * A view of @obj for libbpf: find programs and maps by name, attach, pin.
 * The same pointer on every call; NULL if @obj is NULL.
 */
LIBREX_API LIBREX_NODISCARD struct bpf_object *
rex_obj_get_bpf(struct rex_obj *obj);

/*
 * Attaches, until the process ends, every program of @obj whose section says
 * where: tracepoints, and kprobes and uprobes with a function. Others (packets,
 * perf events, probes without one) are the caller's to attach. Returns how many
 * it has attached, or -1 with the reason on stderr and errno set.
 */
LIBREX_API LIBREX_NODISCARD int rex_obj_attach(struct rex_obj *obj);

/*
 * Says @ready on stdout, if it is not NULL, and waits for SIGINT or SIGTERM.
 * Returns 0, as the exit status of a loader that was told to end.
 */
LIBREX_API int rex_wait(const char *ready);

/*
 * Reasons go to @print, in the thread that fails, as text of one line without
 * its end, instead of to stderr; to stderr again if it is NULL. What libbpf
 * says is libbpf_set_print()'s.
 */
LIBREX_API void rex_set_print(void (*print)(const char *reason));

/* Non-zero: say on stderr what is found and done. Off by default. */
LIBREX_API void rex_set_debug(int val);

#ifdef __cplusplus
}
#endif

#endif /* LIBREX_H */
