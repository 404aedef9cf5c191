/* SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause */
/* The smallest file that is an extension to the loader: two maps, four programs. */
#ifndef REX_SAMPLE_IMAGE_H
#define REX_SAMPLE_IMAGE_H

#include <elf.h>
#include <stddef.h>
#include <string.h>

#include "../image.h"

enum { S_NULL, S_MAPS, S_XDP, S_TP, S_SYMTAB, S_STRTAB, NR_SECTIONS };
enum { NR_SYMBOLS = 8 };

struct sample_image {
	Elf64_Ehdr header;
	Elf64_Shdr sections[NR_SECTIONS];
	Elf64_Sym symbols[NR_SYMBOLS];
	struct map_record maps[2];
	char strings[128];
};

static size_t sample_string(struct sample_image *s, size_t *used, const char *text)
{
	size_t at = *used;

	strcpy(s->strings + at, text);
	*used += strlen(text) + 1;
	return at;
}

static void sample_make(struct sample_image *s)
{
	static const struct {
		const char *name;
		int type, section;
		unsigned long value, size;
	} symbols[NR_SYMBOLS - 1] = {
		{ "B", STT_OBJECT, S_MAPS, 0x1020, 32 },
		{ "A", STT_OBJECT, S_MAPS, 0x1000, 32 },
		{ "rx", STT_FUNC, S_XDP, 0x2000, 16 },
		{ "rx2", STT_FUNC, S_XDP, 0x2010, 16 },
		{ "on_dup", STT_FUNC, S_TP, 0x3000, 16 },
		{ "on_dup2", STT_FUNC, S_TP, 0x3010, 16 },
		{ "not_a_program", STT_NOTYPE, S_TP, 0x3020, 16 },
	};
	static const struct {
		const char *name;
		int type;
		unsigned long addr, off, size;
	} sections[NR_SECTIONS] = {
		[S_MAPS] = { ".maps", SHT_PROGBITS, 0x1000, offsetof(struct sample_image, maps), 64 },
		[S_XDP] = { "rex/xdp", SHT_PROGBITS, 0x2000, 0, 32 },
		[S_TP] = { "rex/tracepoint/syscalls/sys_enter_dup", SHT_PROGBITS, 0x3000, 0, 64 },
		[S_SYMTAB] = { ".symtab", SHT_SYMTAB, 0, offsetof(struct sample_image, symbols), sizeof(s->symbols) },
		[S_STRTAB] = { ".strtab", SHT_STRTAB, 0, offsetof(struct sample_image, strings), sizeof(s->strings) },
	};
	size_t i, used = 1;

	memset(s, 0, sizeof(*s));
	s->header = (Elf64_Ehdr){
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_shoff = offsetof(struct sample_image, sections), .e_ehsize = sizeof(Elf64_Ehdr),
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = NR_SECTIONS, .e_shstrndx = S_STRTAB,
	};
	for (i = 1; i < NR_SECTIONS; i++)
		s->sections[i] = (Elf64_Shdr){
			.sh_name = sample_string(s, &used, sections[i].name), .sh_type = sections[i].type,
			.sh_addr = sections[i].addr, .sh_offset = sections[i].off, .sh_size = sections[i].size,
		};
	s->sections[S_SYMTAB].sh_link = S_STRTAB;
	for (i = 1; i < NR_SYMBOLS; i++)
		s->symbols[i] = (Elf64_Sym){
			.st_name = sample_string(s, &used, symbols[i - 1].name),
			.st_info = ELF64_ST_INFO(STB_GLOBAL, symbols[i - 1].type), .st_shndx = symbols[i - 1].section,
			.st_value = symbols[i - 1].value, .st_size = symbols[i - 1].size,
		};
	s->maps[0] = (struct map_record){ .type = 1, .key_size = 4, .value_size = 8, .max_entries = 16 };
	s->maps[1] = (struct map_record){ .type = 27, .max_entries = 4096 };
}

#endif /* REX_SAMPLE_IMAGE_H */
