// SPDX-License-Identifier: GPL-2.0
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "byhand.h"

char kernel_says[256];

const Elf64_Sym base_symbols[3] = {
	{},
	{ .st_name = 1, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 5,
	  .st_value = MAIN, .st_size = 1 },
	{ .st_name = 22, .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), .st_shndx = 1,
	  .st_value = MAIN, .st_size = 1 },
};

struct file read_file(const char *path)
{
	struct file f = {};
	struct stat st;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || fstat(fd, &st) || !(f.data = malloc(st.st_size)) ||
	    read(fd, f.data, st.st_size) != st.st_size)
		fail("%s: %s", path, strerror(errno));
	else
		f.size = st.st_size;
	close(fd);
	return f;
}

struct file copy_of(struct file from)
{
	struct file f = { malloc(from.size), from.size };

	memcpy(f.data, from.data, f.size);
	return f;
}

/* Returns where it was put. */
static size_t put(struct file *f, size_t align, const void *data, size_t size)
{
	size_t at = (f->size + align - 1) / align * align;

	f->data = realloc(f->data, at + size);
	memset(f->data + f->size, 0, at - f->size);
	memcpy(f->data + at, data, size);
	f->size = at + size;
	return at;
}

struct file image_by_hand(const Elf64_Sym *symbols, size_t nr, const char *strings,
			  size_t strings_size, size_t bss)
{
	/* endbr64; mov $XDP_PASS, %eax; ret */
	static const unsigned char code[] = { 0xf3, 0x0f, 0x1e, 0xfa, 0xb8, 2, 0, 0, 0, 0xc3 };
	static const char names[] = "\0rex/xdp\0.symtab\0.strtab\0.text";
	Elf64_Ehdr e = {
		.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT },
		.e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
		.e_ehsize = sizeof(e), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 2,
		.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 6, .e_shstrndx = 4,
	};
	const Elf64_Phdr ph[2] = {
		{ .p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_filesz = 4096, .p_memsz = 4096 },
		{ .p_type = bss ? PT_LOAD : PT_NULL, .p_flags = PF_R | PF_W,
		  .p_vaddr = 4096, .p_memsz = bss },
	};
	Elf64_Shdr sh[6] = {
		{},
		{ .sh_name = 1, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		  .sh_addr = MAIN, .sh_offset = MAIN, .sh_size = sizeof(code) },
		{ .sh_name = 9, .sh_type = SHT_SYMTAB, .sh_link = 3, .sh_entsize = sizeof(*symbols),
		  .sh_size = nr * sizeof(*symbols) },
		{ .sh_name = 17, .sh_type = SHT_STRTAB, .sh_size = strings_size },
		{ .sh_name = 17, .sh_type = SHT_STRTAB, .sh_size = sizeof(names) },
		{ .sh_name = 25, .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
		  .sh_addr = MAIN, .sh_offset = MAIN, .sh_size = sizeof(code) },
	};
	struct file f = {};

	put(&f, 1, &e, sizeof(e));
	e.e_phoff = put(&f, 8, ph, sizeof(ph));
	put(&f, MAIN, code, sizeof(code));
	sh[2].sh_offset = put(&f, 4096, symbols, nr * sizeof(*symbols));
	sh[3].sh_offset = put(&f, 8, strings, strings_size);
	sh[4].sh_offset = put(&f, 8, names, sizeof(names));
	e.e_shoff = put(&f, 8, sh, sizeof(sh));
	memcpy(f.data, &e, sizeof(e));
	return f;
}

int load_image(const void *data, size_t size, const int *map_fds, unsigned int maps)
{
	const struct {
		uint64_t image;
		uint32_t image_size, map_cnt;
		uint64_t map_fds, log_buf;
		uint32_t log_size, image_flags;
		char image_name[16];
	} attr = { (uintptr_t)data, size, maps, (uintptr_t)map_fds,
		   (uintptr_t)kernel_says, sizeof(kernel_says), 0, "byhand" };

	kernel_says[0] = 0;
	return syscall(SYS_bpf, BPF_REX_IMAGE_LOAD, &attr, sizeof(attr));
}

int load_program(int image, unsigned int type, uint64_t entry)
{
	const struct {
		uint32_t image_fd, prog_type;
		uint64_t entry, log_buf;
		uint32_t log_size, prog_flags;
		char prog_name[16];
	} attr = { image, type, entry, (uintptr_t)kernel_says, sizeof(kernel_says), 0, "byhand" };

	kernel_says[0] = 0;
	return syscall(SYS_bpf, BPF_REX_PROG_LOAD, &attr, sizeof(attr));
}

const Elf64_Sym *symbol(struct file f, const char *name)
{
	const Elf64_Ehdr *e = (void *)f.data;
	const Elf64_Shdr *sh = (void *)(f.data + e->e_shoff);

	for (int i = 0; i < e->e_shnum; i++) {
		const Elf64_Sym *s = (void *)(f.data + sh[i].sh_offset);
		const char *strings = f.data + sh[sh[i].sh_link].sh_offset;

		if (sh[i].sh_type != SHT_SYMTAB)
			continue;
		for (size_t n = sh[i].sh_size / sizeof(*s); n--; s++)
			if (!strcmp(strings + s->st_name, name))
				return s;
	}
	fail("no symbol %s", name);
	return NULL;
}

char *place(struct file f, uint64_t addr)
{
	const Elf64_Ehdr *e = (void *)f.data;
	const Elf64_Phdr *ph = (void *)(f.data + e->e_phoff);

	for (int i = 0; i < e->e_phnum; i++)
		if (ph[i].p_type == PT_LOAD && addr - ph[i].p_vaddr < ph[i].p_filesz)
			return f.data + ph[i].p_offset + (addr - ph[i].p_vaddr);
	fail("nothing at %#llx", (unsigned long long)addr);
	return NULL;
}

uint64_t import(struct file f, const char *name)
{
	const Elf64_Ehdr *e = (void *)f.data;
	const Elf64_Shdr *sh = (void *)(f.data + e->e_shoff);

	for (int i = 0; i < e->e_shnum; i++) {
		const Elf64_Shdr *dynsym = &sh[sh[i].sh_link];
		const Elf64_Rela *rela = (void *)(f.data + sh[i].sh_offset);
		const Elf64_Sym *symbols = (void *)(f.data + dynsym->sh_offset);
		const char *strings = f.data + sh[dynsym->sh_link].sh_offset;

		if (sh[i].sh_type != SHT_RELA)
			continue;
		for (size_t n = sh[i].sh_size / sizeof(*rela); n--; rela++)
			if (ELF64_R_TYPE(rela->r_info) == R_X86_64_GLOB_DAT &&
			    !strcmp(strings + symbols[ELF64_R_SYM(rela->r_info)].st_name, name))
				return rela->r_offset;
	}
	fail("no import %s", name);
	return 0;
}

void strip_signature(struct file *f)
{
	while (f->size > 16 && memcmp(f->data + f->size - 16, "RexReach", 8))
		f->size--;
}
