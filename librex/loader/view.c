// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/*
 * libbpf has no call that makes an object of programs which exist already, and
 * its structures are private. So it gets what it can read: a BPF ELF file,
 * written here in memory, with the same programs and maps. Only libbpf's public
 * interface is used, so that any libbpf from 1.0 on will do.
 */
#include "view.h"

#include <bpf/btf.h>
#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "r0 = 0; exit", which every program type may do. */
static const uint64_t placeholder[2] = { 0xb7, 0x95 };

/* A growing piece of the file. */
struct buffer {
	char *data;
	size_t size;
	int failed;
};

static size_t append(struct buffer *b, const void *data, size_t size)
{
	size_t off = b->size;
	char *grown = b->failed ? NULL : realloc(b->data, off + size + 1);

	if (!grown) {
		b->failed = 1;
		return 0;
	}
	b->data = grown;
	memcpy(b->data + off, data, size);
	b->size += size;
	return off;
}

static void align8(struct buffer *b)
{
	static const char zero[8];

	append(b, zero, (8 - b->size % 8) % 8);
}

static uint32_t append_string(struct buffer *b, const char *s)
{
	return append(b, s, strlen(s) + 1);
}

struct writer {
	struct buffer file;
	struct buffer strings;
	struct buffer symbols;
	Elf64_Shdr *sections;
	size_t nr_sections;
};

static size_t add_section(struct writer *w, const char *name, uint32_t type,
			  uint64_t flags, const void *data, size_t size)
{
	Elf64_Shdr *s = &w->sections[w->nr_sections];

	align8(&w->file);
	s->sh_name = append_string(&w->strings, name);
	s->sh_type = type;
	s->sh_flags = flags;
	s->sh_size = size;
	s->sh_addralign = 8;
	s->sh_offset = append(&w->file, data, size);
	return w->nr_sections++;
}

/* One section for all programs of its name: libbpf wants names to be unique. */
static void add_programs(struct writer *w, const struct image *image, size_t first)
{
	const char *name = image->progs[first].section;
	struct buffer code = {};
	size_t i;

	for (i = 0; i < first; i++)
		if (!strcmp(image->progs[i].section, name))
			return; /* done with the first of them */
	for (i = first; i < image->nr_progs; i++) {
		Elf64_Sym sym = {
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			.st_shndx = w->nr_sections,
			.st_size = sizeof(placeholder),
		};

		if (strcmp(image->progs[i].section, name))
			continue;
		sym.st_name = append_string(&w->strings, image->progs[i].name);
		sym.st_value = append(&code, placeholder, sizeof(placeholder));
		append(&w->symbols, &sym, sizeof(sym));
	}
	add_section(w, name, SHT_PROGBITS, SHF_ALLOC | SHF_EXECINSTR, code.data,
		    code.size);
	w->file.failed |= code.failed;
	free(code.data);
}

/*
 * The maps as libbpf wants them defined: BTF variables in section .maps, whose
 * types hold each number as a pointer to an array of that many elements.
 */
static int add_maps(struct writer *w, const struct image *image)
{
	static const char *const fields[] = { "type", "key_size", "value_size",
					      "max_entries", "map_flags" };
	const size_t nr_fields = sizeof(fields) / sizeof(*fields);
	const size_t size = nr_fields * 8;
	struct btf *btf = btf__new_empty();
	int int_id, err = -ENOMEM, *vars = NULL;
	const void *raw;
	uint32_t raw_size;
	char *zero = NULL;
	size_t i, f;

	if (!btf)
		return -errno;
	int_id = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	vars = calloc(image->nr_maps, sizeof(*vars));
	zero = calloc(image->nr_maps, size);
	if (int_id < 0 || !vars || !zero)
		goto out;
	for (i = 0; i < image->nr_maps; i++) {
		const struct map_record *r = &image->maps[i].record;
		const uint32_t values[] = { r->type, r->key_size, r->value_size,
					    r->max_entries, r->flags };
		int ptrs[5], def;

		/* Member types come before the struct that has them. */
		for (f = 0; f < nr_fields; f++) {
			int array = btf__add_array(btf, int_id, int_id, values[f]);

			ptrs[f] = array < 0 ? array : btf__add_ptr(btf, array);
			if (ptrs[f] < 0)
				goto out;
		}
		def = btf__add_struct(btf, NULL, size);
		for (f = 0; def > 0 && f < nr_fields; f++)
			if (btf__add_field(btf, fields[f], ptrs[f], f * 64, 0))
				goto out;
		vars[i] = btf__add_var(btf, image->maps[i].name,
				       BTF_VAR_GLOBAL_ALLOCATED, def);
		if (def < 0 || vars[i] < 0)
			goto out;
	}
	if (btf__add_datasec(btf, ".maps", image->nr_maps * size) < 0)
		goto out;
	for (i = 0; i < image->nr_maps; i++)
		if (btf__add_datasec_var_info(btf, vars[i], i * size, size))
			goto out;
	raw = btf__raw_data(btf, &raw_size);
	if (!raw)
		goto out;
	for (i = 0; i < image->nr_maps; i++) {
		Elf64_Sym sym = {
			.st_name = append_string(&w->strings, image->maps[i].name),
			.st_info = ELF64_ST_INFO(STB_GLOBAL, STT_OBJECT),
			.st_shndx = w->nr_sections,
			.st_value = i * size,
			.st_size = size,
		};

		append(&w->symbols, &sym, sizeof(sym));
	}
	add_section(w, ".maps", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, zero,
		    image->nr_maps * size);
	add_section(w, BTF_ELF_SEC, SHT_PROGBITS, 0, raw, raw_size);
	err = 0;
out:
	free(vars);
	free(zero);
	btf__free(btf);
	return err;
}

static int write_object(struct writer *w, const struct image *image)
{
	static const Elf64_Sym no_symbol;
	Elf64_Ehdr header = {
		.e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64,
			     ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_REL, .e_machine = EM_BPF, .e_version = EV_CURRENT,
		.e_ehsize = sizeof(header), .e_shentsize = sizeof(Elf64_Shdr),
	};
	size_t i, symtab, strtab;
	int err;

	w->sections = calloc(image->nr_progs + 8, sizeof(*w->sections));
	if (!w->sections)
		return -ENOMEM;
	append(&w->file, &header, sizeof(header));
	append(&w->strings, "", 1);
	append(&w->symbols, &no_symbol, sizeof(no_symbol));
	w->nr_sections = 1; /* after the null section */
	for (i = 0; i < image->nr_progs; i++)
		add_programs(w, image, i);
	if (image->nr_maps) {
		err = add_maps(w, image);
		if (err)
			return err;
	}
	add_section(w, "license", SHT_PROGBITS, SHF_ALLOC | SHF_WRITE, "GPL", 4);
	symtab = add_section(w, ".symtab", SHT_SYMTAB, 0, w->symbols.data,
			     w->symbols.size);
	w->sections[symtab].sh_entsize = sizeof(Elf64_Sym);
	w->sections[symtab].sh_info = 1; /* the first global symbol */
	w->sections[symtab].sh_link = symtab + 1;
	strtab = add_section(w, ".strtab", SHT_STRTAB, 0, "", 0);
	/* Now that all names are in it, its own too. */
	w->sections[strtab].sh_size = w->strings.size;
	w->sections[strtab].sh_offset = append(&w->file, w->strings.data,
					       w->strings.size);
	align8(&w->file);
	header.e_shoff = w->file.size;
	header.e_shnum = w->nr_sections;
	header.e_shstrndx = strtab;
	append(&w->file, w->sections, w->nr_sections * sizeof(*w->sections));
	if (w->file.failed || w->strings.failed || w->symbols.failed)
		return -ENOMEM;
	memcpy(w->file.data, &header, sizeof(header));
	return 0;
}

struct bpf_object *view_open(const struct image *image, const char *name)
{
	LIBBPF_OPTS(bpf_object_open_opts, opts, .object_name = name);
	struct bpf_object *obj = NULL;
	struct writer w = {};
	int err;

	err = write_object(&w, image);
	if (!err) {
		obj = bpf_object__open_mem(w.file.data, w.file.size, &opts);
		err = obj ? 0 : -errno;
	}
	free(w.file.data);
	free(w.strings.data);
	free(w.symbols.data);
	free(w.sections);
	errno = -err;
	return err ? NULL : obj;
}

int view_load(struct bpf_object *obj, const struct image *image, const int *map_fds)
{
	int err = 0;
	size_t i;

	for (i = 0; !err && i < image->nr_maps; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(
			obj, image->maps[i].name);

		err = map ? bpf_map__reuse_fd(map, map_fds[i]) : -ENOENT;
	}
	return err ? err : bpf_object__load(obj);
}
