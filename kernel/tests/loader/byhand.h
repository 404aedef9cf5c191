/* SPDX-License-Identifier: GPL-2.0 */
/* Images that no compiler made. */
#ifndef BYHAND_H
#define BYHAND_H

#include <elf.h>

#include "suite.h"

/* A file in memory. */
struct file {
	char *data;
	size_t size;
};

struct file read_file(const char *path);
struct file copy_of(struct file from);

/*
 * An image with the function main, which is an XDP program that returns
 * XDP_PASS, with @symbols of which the first is none, names in @strings, and
 * @bss bytes of memory. The caller's symbols are of functions at MAIN.
 */
enum { MAIN = 1024 };
struct file image_by_hand(const Elf64_Sym *symbols, size_t nr, const char *strings,
			  size_t strings_size, size_t bss);
/* The symbols and names that every image needs: the time-out entry and main. */
#define BASE_STRINGS "\0__rex_handle_timeout\0main"
extern const Elf64_Sym base_symbols[3];

/* Their fd, or -1 with errno and what the kernel says in kernel_says. */
int load_image(const void *data, size_t size, const int *map_fds, unsigned int maps);
int load_program(int image, unsigned int type, uint64_t entry);
extern char kernel_says[256];

/* The symbol @name in the file's .symtab, or NULL, and where in the file @addr is. */
const Elf64_Sym *symbol(struct file f, const char *name);
char *place(struct file f, uint64_t addr);
/* Where in the image the address of what it imports under that name will be. */
uint64_t import(struct file f, const char *name);
/* Without its signature, if @f has one: what is changed is not signed any more. */
void strip_signature(struct file *f);

#endif
