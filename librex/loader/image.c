// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
#include "image.h"

#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_MAPS 256
#define MAX_PROGS 1024

struct reader {
	const uint8_t *data;
	size_t size;
	const Elf64_Shdr *sections;
	size_t nr_sections;
	const char *names;
	size_t names_size;
	char *why;
	size_t why_size;
};

static int refuse(const struct reader *r, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(r->why, r->why_size, format, args);
	va_end(args);
	return err;
}

static const void *at(const struct reader *r, uint64_t off, uint64_t len)
{
	/* The copy in memory is aligned, so offsets tell alignment. */
	if (off > r->size || len > r->size - off || off % 8)
		return NULL;
	return r->data + off;
}

static const char *string(const char *table, size_t size, uint64_t off)
{
	if (off >= size || !memchr(table + off, 0, size - off))
		return NULL;
	return table + off;
}

static const char *table(const struct reader *r, const Elf64_Shdr *s)
{
	if (s->sh_offset > r->size || s->sh_size > r->size - s->sh_offset)
		return NULL;
	return (const char *)r->data + s->sh_offset;
}

static int read_header(struct reader *r)
{
	const Elf64_Ehdr *e = at(r, 0, sizeof(*e));
	const Elf64_Shdr *names;

	if (!e || memcmp(e->e_ident, ELFMAG, SELFMAG))
		return refuse(r, -ENOEXEC, "not an ELF file");
	if (e->e_ident[EI_CLASS] != ELFCLASS64 ||
	    e->e_ident[EI_DATA] != ELFDATA2LSB || e->e_machine != EM_X86_64)
		return refuse(r, -ENOEXEC, "not an x86-64 ELF file");
	r->sections = at(r, e->e_shoff, (uint64_t)e->e_shnum * sizeof(Elf64_Shdr));
	if (!e->e_shnum || !r->sections || e->e_shstrndx >= e->e_shnum ||
	    e->e_shentsize != sizeof(Elf64_Shdr))
		return refuse(r, -ENOEXEC, "no section headers; do not strip it");
	r->nr_sections = e->e_shnum;
	names = &r->sections[e->e_shstrndx];
	r->names = table(r, names);
	r->names_size = names->sh_size;
	if (!r->names)
		return refuse(r, -ENOEXEC, "section names outside of the file");
	return 0;
}

static const char *section_name(const struct reader *r, size_t index)
{
	if (index >= r->nr_sections)
		return NULL;
	return string(r->names, r->names_size, r->sections[index].sh_name);
}

/* The map that a symbol of section .maps names. */
static int read_map(const struct reader *r, struct image *image,
		    const Elf64_Sym *sym, const char *name)
{
	const Elf64_Shdr *s = &r->sections[sym->st_shndx];
	uint64_t off = sym->st_value - s->sh_addr;
	const void *record;

	if (sym->st_size != sizeof(struct map_record) ||
	    off % sizeof(struct map_record) || sym->st_value < s->sh_addr ||
	    off / sizeof(struct map_record) >= image->nr_maps)
		return refuse(r, -ENOEXEC, "map %s is no record of .maps", name);
	record = at(r, s->sh_offset + off, sizeof(struct map_record));
	if (!record || s->sh_type == SHT_NOBITS)
		return refuse(r, -ENOEXEC, "map %s outside of the file", name);
	off /= sizeof(struct map_record);
	if (image->maps[off].name)
		return refuse(r, -ENOEXEC, "maps %s and %s are one record",
			      image->maps[off].name, name);
	image->maps[off].name = name;
	memcpy(&image->maps[off].record, record, sizeof(struct map_record));
	return 0;
}

static int read_symbol(const struct reader *r, struct image *image,
		       const Elf64_Sym *sym, const char *name)
{
	const char *section = section_name(r, sym->st_shndx);

	if (!section || !name)
		return 0;
	if (ELF64_ST_TYPE(sym->st_info) == STT_OBJECT && !strcmp(section, ".maps"))
		return read_map(r, image, sym, name);
	if (ELF64_ST_TYPE(sym->st_info) != STT_FUNC || strncmp(section, "rex/", 4))
		return 0;
	if (image->nr_progs == MAX_PROGS)
		return refuse(r, -E2BIG, "more than %d programs", MAX_PROGS);
	image->progs[image->nr_progs++] = (struct image_prog){
		.name = name, .section = section + 4, .entry = sym->st_value,
	};
	return 0;
}

static int read_symbols(const struct reader *r, struct image *image)
{
	const Elf64_Shdr *symtab = NULL, *strtab;
	const Elf64_Sym *symbols;
	const char *strings;
	size_t i;
	int err;

	for (i = 0; i < r->nr_sections; i++)
		if (r->sections[i].sh_type == SHT_SYMTAB)
			symtab = &r->sections[i];
	if (!symtab || symtab->sh_link >= r->nr_sections)
		return refuse(r, -ENOEXEC, "no .symtab; do not strip it");
	strtab = &r->sections[symtab->sh_link];
	symbols = at(r, symtab->sh_offset, symtab->sh_size);
	strings = table(r, strtab);
	if (!symbols || !strings)
		return refuse(r, -ENOEXEC, ".symtab outside of the file");
	for (i = 0; i < symtab->sh_size / sizeof(*symbols); i++) {
		err = read_symbol(r, image, &symbols[i],
				  string(strings, strtab->sh_size,
					 symbols[i].st_name));
		if (err)
			return err;
	}
	for (i = 0; i < image->nr_maps; i++)
		if (!image->maps[i].name)
			return refuse(r, -ENOEXEC, "map %zu has no name", i);
	if (!image->nr_progs)
		return refuse(r, -ENOEXEC,
			      "no program in it; was it built with -C enable_rex?");
	return 0;
}

int image_read(struct image *image, const void *data, size_t size, char *why,
	       size_t why_size)
{
	struct reader r = { .data = data, .size = size, .why = why,
			    .why_size = why_size };
	size_t i;
	int err;

	memset(image, 0, sizeof(*image));
	image->data = data;
	image->size = size;
	err = read_header(&r);
	if (err)
		return err;
	for (i = 0; i < r.nr_sections; i++) {
		const char *name = section_name(&r, i);

		if (name && !strcmp(name, ".maps"))
			image->nr_maps = r.sections[i].sh_size /
					 sizeof(struct map_record);
	}
	if (image->nr_maps > MAX_MAPS)
		return refuse(&r, -E2BIG, "%zu maps; at most %d", image->nr_maps,
			      MAX_MAPS);
	image->maps = calloc(image->nr_maps + 1, sizeof(*image->maps));
	image->progs = calloc(MAX_PROGS, sizeof(*image->progs));
	if (!image->maps || !image->progs)
		err = refuse(&r, -ENOMEM, "out of memory");
	else
		err = read_symbols(&r, image);
	if (err)
		image_free(image);
	return err;
}

void image_free(struct image *image)
{
	free(image->maps);
	free(image->progs);
	memset(image, 0, sizeof(*image));
}
