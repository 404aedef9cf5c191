/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
#ifndef REX_VIEW_H
#define REX_VIEW_H

#include <bpf/libbpf.h>

#include "image.h"

/*
 * Makes a real struct bpf_object of the libbpf that the program links, with a
 * program and a map for each of @image's. Touches no kernel. Returns NULL with
 * errno set on failure.
 */
struct bpf_object *view_open(const struct image *image, const char *name);

/*
 * Gives the view the maps @map_fds, and placeholders (they return 0) for its
 * programs, until the caller puts its own descriptors in their place. Returns
 * 0 or a negative errno.
 */
int view_load(struct bpf_object *view, const struct image *image,
	      const int *map_fds);

#endif /* REX_VIEW_H */
