/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
#ifndef REX_VIEW_H
#define REX_VIEW_H

#include <bpf/libbpf.h>

#include "image.h"

/*
 * Makes a real struct bpf_object of the libbpf that the program links, with a
 * program and a map for each of @image's. The programs are placeholders (they
 * return 0) until the caller puts its own descriptors in their place; the maps
 * are @map_fds. Returns NULL with errno set on failure.
 */
struct bpf_object *view_open(const struct image *image, const int *map_fds,
			     const char *name);

#endif /* REX_VIEW_H */
