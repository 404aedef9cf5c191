// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* Any bytes as an extension: the loader's reader, and libbpf on the view made of what it read. */
#include <stdlib.h>
#include <string.h>

#include "../view.h"

static int quiet(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level, (void)format, (void)args;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image;
	void *copy = NULL;
	char why[128];

	libbpf_set_print(quiet);
	if (posix_memalign(&copy, 8, size ? size : 1))
		return 0;
	memcpy(copy, data, size);
	if (!image_read(&image, copy, size, why, sizeof(why))) {
		bpf_object__close(view_open(&image, "fuzz"));
		image_free(&image);
	}
	free(copy);
	return 0;
}
