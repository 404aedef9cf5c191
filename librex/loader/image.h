/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* What a loader reads from an extension's ELF file (docs/abi.md, section 2). */
#ifndef REX_IMAGE_H
#define REX_IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct map_record {
	uint32_t type;
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	uint32_t flags;
	uint32_t pad;
	uint64_t map;
};

struct image_map {
	const char *name; /* in the file */
	struct map_record record;
};

struct image_prog {
	const char *name;    /* in the file */
	const char *section; /* in the file, without "rex/" */
	uint64_t entry;
};

struct image {
	const void *data; /* the file; the caller's */
	size_t size;
	struct image_map *maps; /* in the order of their records */
	size_t nr_maps;
	struct image_prog *progs;
	size_t nr_progs;
};

/*
 * Reads the file @data into @image. Returns 0, or a negative errno with a
 * sentence in @why; then there is nothing to free.
 */
int image_read(struct image *image, const void *data, size_t size, char *why,
	       size_t why_size);
void image_free(struct image *image);

#endif /* REX_IMAGE_H */
