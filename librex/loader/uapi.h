/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/*
 * The kernel's two commands (docs/abi.md, section 3), written down here so that
 * the library builds with any kernel's headers.
 */
#ifndef REX_UAPI_H
#define REX_UAPI_H

#include <stdint.h>

/* BPF_REX_... of enum bpf_cmd in the kernel that configs/pins.toml names */
#define REX_IMAGE_LOAD 38
#define REX_PROG_LOAD 39
#define REX_NAME_LEN 16

union rex_attr {
	struct {
		uint64_t image;
		uint32_t image_size;
		uint32_t map_cnt;
		uint64_t map_fds;
		uint64_t log_buf;
		uint32_t log_size;
		uint32_t image_flags;
		char image_name[REX_NAME_LEN];
	} image;
	struct {
		uint32_t image_fd;
		uint32_t prog_type;
		uint64_t entry;
		uint64_t log_buf;
		uint32_t log_size;
		uint32_t prog_flags;
		char prog_name[REX_NAME_LEN];
	} prog;
};

#endif /* REX_UAPI_H */
