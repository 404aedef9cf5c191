// SPDX-License-Identifier: LGPL-2.1 OR BSD-2-Clause
/* What the loader reads of a file, and what libbpf reads of the view. No kernel is needed. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <bpf/libbpf.h>

#include "../view.h"
#include "sample_image.h"

static int failures;

#define CHECK(what, condition) do {						\
	if (!(condition)) {							\
		fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, what, #condition); \
		failures++;							\
	}									\
} while (0)

static int read_sample(const struct sample_image *s, struct image *image, char why[128])
{
	why[0] = 0;
	return image_read(image, s, sizeof(*s), why, 128);
}

static void good_image(void)
{
	struct sample_image s;
	struct image image;
	char why[128];

	sample_make(&s);
	CHECK(why, read_sample(&s, &image, why) == 0);
	CHECK("maps", image.nr_maps == 2);
	CHECK("order of records", !strcmp(image.maps[0].name, "A") && !strcmp(image.maps[1].name, "B"));
	CHECK("record", image.maps[0].record.value_size == 8 && image.maps[1].record.type == 27);
	CHECK("programs", image.nr_progs == 4);
	CHECK("section", !strcmp(image.progs[0].section, "xdp"));
	CHECK("entry", image.progs[3].entry == 0x3010);
	image_free(&image);
}

static void bad_magic(struct sample_image *s) { s->header.e_ident[0] = 0; }
static void other_machine(struct sample_image *s) { s->header.e_machine = EM_BPF; }
static void no_sections(struct sample_image *s) { s->header.e_shnum = 0; }
static void sections_outside(struct sample_image *s) { s->header.e_shoff = -64; }
static void names_outside(struct sample_image *s) { s->sections[S_STRTAB].sh_offset = sizeof(*s); }
static void bad_names_index(struct sample_image *s) { s->header.e_shstrndx = NR_SECTIONS; }
static void no_symtab(struct sample_image *s) { s->sections[S_SYMTAB].sh_type = SHT_NULL; }
static void symtab_outside(struct sample_image *s) { s->sections[S_SYMTAB].sh_size = 1 << 30; }
static void no_strings(struct sample_image *s) { s->sections[S_SYMTAB].sh_link = NR_SECTIONS; }
static void small_map(struct sample_image *s) { s->symbols[1].st_size = 16; }
static void map_between(struct sample_image *s) { s->symbols[1].st_value = 0x1010; }
static void map_below(struct sample_image *s) { s->symbols[1].st_value = 0xfe0; }
static void map_beyond(struct sample_image *s) { s->symbols[1].st_value = 0x1040; }
static void same_map(struct sample_image *s) { s->symbols[1].st_value = 0x1000; }
static void nameless_map(struct sample_image *s) { s->symbols[1].st_info = 0; }
static void maps_outside(struct sample_image *s) { s->sections[S_MAPS].sh_offset = sizeof(*s); }
static void maps_in_bss(struct sample_image *s) { s->sections[S_MAPS].sh_type = SHT_NOBITS; }
static void many_maps(struct sample_image *s) { s->sections[S_MAPS].sh_size = -1; }
static void no_program(struct sample_image *s) { memset(&s->symbols[3], 0, 4 * sizeof(Elf64_Sym)); }

static void bad_images(void)
{
	static const struct {
		void (*change)(struct sample_image *s);
		const char *says;
	} cases[] = {
		{ bad_magic, "not an ELF file" }, { other_machine, "not an x86-64" },
		{ no_sections, "no section headers" }, { sections_outside, "no section headers" },
		{ names_outside, "section names" }, { bad_names_index, "no section headers" },
		{ no_symtab, "no .symtab" }, { symtab_outside, ".symtab outside" }, { no_strings, "no .symtab" },
		{ small_map, "map B is no record" }, { map_between, "map B is no record" },
		{ map_below, "map B is no record" }, { map_beyond, "map B is no record" },
		{ same_map, "are one record" }, { nameless_map, "map 1 has no name" },
		{ maps_outside, "outside of the file" }, { maps_in_bss, "outside of the file" },
		{ many_maps, "maps; at most" }, { no_program, "no program in it" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct sample_image s;
		struct image image;
		char why[128];

		sample_make(&s);
		cases[i].change(&s);
		CHECK(cases[i].says, read_sample(&s, &image, why) < 0);
		CHECK(why, strstr(why, cases[i].says));
	}
}

/* Every value of every byte, and every length. The sanitizers judge. */
static void damaged_images(void)
{
	struct sample_image s;
	struct image image;
	char why[128];
	size_t i;
	int value;

	sample_make(&s);
	for (i = 0; i < sizeof(s); i++) {
		unsigned char *byte = (unsigned char *)&s + i, old = *byte;

		for (value = 0; value < 256; value++) {
			*byte = value;
			if (!read_sample(&s, &image, why))
				image_free(&image);
		}
		*byte = old;
	}
	for (i = 0; i < sizeof(s); i++) {
		void *part = NULL;

		if (posix_memalign(&part, 8, i ? i : 1))
			abort();
		memcpy(part, &s, i);
		if (!image_read(&image, part, i, why, sizeof(why)))
			image_free(&image);
		free(part);
	}
}

static void view(void)
{
	static const char *const names[] = { "rx", "rx2", "on_dup", "on_dup2" };
	struct sample_image s;
	struct bpf_object *obj;
	struct bpf_program *prog;
	struct bpf_map *map;
	struct image image;
	char why[128];
	size_t n = 0, i;

	sample_make(&s);
	CHECK(why, read_sample(&s, &image, why) == 0);
	obj = view_open(&image, "sample");
	CHECK("view_open", obj);
	if (!obj)
		return;
	bpf_object__for_each_program(prog, obj)
		n++;
	CHECK("programs", n == 4);
	for (i = 0; i < 4; i++) {
		prog = bpf_object__find_program_by_name(obj, names[i]);
		CHECK(names[i], prog);
		CHECK(names[i], prog && !strcmp(bpf_program__section_name(prog), image.progs[i].section));
		CHECK(names[i], prog && bpf_program__type(prog) == (i < 2 ? BPF_PROG_TYPE_XDP : BPF_PROG_TYPE_TRACEPOINT));
	}
	map = bpf_object__find_map_by_name(obj, "A");
	CHECK("A", map && bpf_map__type(map) == BPF_MAP_TYPE_HASH && bpf_map__key_size(map) == 4 &&
	      bpf_map__value_size(map) == 8 && bpf_map__max_entries(map) == 16);
	map = bpf_object__find_map_by_name(obj, "B");
	CHECK("B", map && bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF && bpf_map__max_entries(map) == 4096);
	bpf_object__close(obj);
	image_free(&image);
}

/* With an argument: writes the sample image there, as a seed for the fuzzer. */
int main(int argc, char **argv)
{
	if (argc == 2) {
		struct sample_image s;
		FILE *f = fopen(argv[1], "w");

		sample_make(&s);
		return !f || fwrite(&s, sizeof(s), 1, f) != 1 || fclose(f);
	}
	good_image();
	bad_images();
	damaged_images();
	view();
	if (!failures)
		printf("image_test: ok\n");
	return failures != 0;
}
