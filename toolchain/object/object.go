// Package object reads an extension's ELF file and checks it by the rules of docs/abi.md,
// section 2, as the kernel will. It trusts neither the compiler nor the linker.
package object

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// Object is what an extension's file holds.
type Object struct {
	Programs []Program
	Maps     []Map
	Imports  []string // names of kernel symbols, sorted
	Segments []Segment
	Timeout  bool // has a time-out entry

	relocations []relocation
	tags        []elf.DynTag
	header      elf.FileHeader
	relro       *elf.Prog
}

// Program is an entry that a loader can ask for.
type Program struct {
	Name, Section string
	Entry         uint64 // virtual address
}

// Map is a record of section .maps.
type Map struct {
	Name                                    string
	Type, Key, Value, MaxEntries, FlagsBits uint32
}

// Segment is a part of the file that is mapped.
type Segment struct {
	Start, End uint64 // virtual addresses
	Flags      elf.ProgFlag
}

type relocation struct {
	offset uint64
	kind   elf.R_X86_64
	symbol uint32
	addend int64
}

// maxSize bounds a file: the kernel takes no larger one.
const maxSize = 64 << 20

// mapRecord is the size of a record in bytes.
const mapRecord = 32

// Open reads the object at path.
func Open(path string) (*Object, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	o, err := Read(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// Read reads an object of size bytes. Whatever the bytes are, it neither panics nor takes more memory than a small
// multiple of size.
func Read(r io.ReaderAt, size int64) (o *Object, err error) {
	if size > maxSize {
		return nil, fmt.Errorf("%d bytes; the kernel takes at most %d", size, maxSize)
	}
	f, err := elf.NewFile(io.NewSectionReader(r, 0, size))
	if err != nil {
		return nil, fmt.Errorf("not an ELF file: %w", err)
	}
	o = &Object{header: f.FileHeader}
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Machine != elf.EM_X86_64 || f.Type != elf.ET_DYN {
		return nil, fmt.Errorf("%s %s %s %s; an extension is an x86-64 position independent executable", f.Class, f.Data, f.Machine, f.Type)
	}
	for _, p := range f.Progs {
		if p.Off > uint64(size) || p.Filesz > uint64(size)-p.Off {
			return nil, fmt.Errorf("segment at %#x lies outside of the file", p.Vaddr)
		}
		switch p.Type {
		case elf.PT_LOAD:
			o.Segments = append(o.Segments, Segment{p.Vaddr, p.Vaddr + p.Memsz, p.Flags})
		case elf.PT_GNU_RELRO:
			o.relro = p
		}
	}
	for _, s := range f.Sections {
		if s.Type != elf.SHT_NOBITS && (s.Offset > uint64(size) || s.FileSize > uint64(size)-s.Offset) {
			return nil, fmt.Errorf("section %s lies outside of the file", s.Name)
		}
	}
	if err := o.symbols(f); err != nil {
		return nil, err
	}
	if err := o.dynamic(f); err != nil {
		return nil, err
	}
	return o, nil
}

// symbols finds programs, maps and the time-out entry in .symtab.
func (o *Object) symbols(f *elf.File) error {
	symbols, err := f.Symbols()
	if err != nil {
		return fmt.Errorf("no .symtab (%w); do not strip it", err)
	}
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF || int(s.Section) >= len(f.Sections) {
			continue
		}
		section := f.Sections[s.Section]
		switch elf.ST_TYPE(s.Info) {
		case elf.STT_FUNC:
			if s.Name == "__rex_handle_timeout" {
				o.Timeout = true
			}
			if strings.HasPrefix(section.Name, "rex/") {
				o.Programs = append(o.Programs, Program{s.Name, section.Name, s.Value})
			}
		case elf.STT_OBJECT:
			if section.Name == ".maps" {
				m, err := readMap(section, s)
				if err != nil {
					return err
				}
				o.Maps = append(o.Maps, m)
			}
		}
	}
	if s := f.Section(".maps"); s != nil && s.Size != uint64(len(o.Maps))*mapRecord {
		return fmt.Errorf(".maps has %d bytes for %d named maps of %d", s.Size, len(o.Maps), mapRecord)
	}
	slices.SortFunc(o.Programs, func(a, b Program) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(o.Maps, func(a, b Map) int { return strings.Compare(a.Name, b.Name) })
	return nil
}

func readMap(section *elf.Section, s elf.Symbol) (Map, error) {
	off := s.Value - section.Addr
	if s.Size != mapRecord || s.Value < section.Addr || off%mapRecord != 0 || off+mapRecord > section.Size || section.Type == elf.SHT_NOBITS {
		return Map{}, fmt.Errorf("map %s is no record of %d bytes in .maps", s.Name, mapRecord)
	}
	b := make([]byte, mapRecord)
	if _, err := section.ReadAt(b, int64(off)); err != nil {
		return Map{}, fmt.Errorf("map %s: %w", s.Name, err)
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(b[4*i:]) }
	return Map{s.Name, word(0), word(1), word(2), word(3), word(4)}, nil
}

// dynamic reads relocations and imports the way the kernel does: from the dynamic section.
func (o *Object) dynamic(f *elf.File) error {
	data := f.SectionByType(elf.SHT_DYNAMIC)
	if data == nil {
		return nil
	}
	b, err := data.Data()
	if err != nil {
		return err
	}
	var rela, relaSize uint64
	for ; len(b) >= 16; b = b[16:] {
		tag, value := elf.DynTag(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint64(b[8:])
		if tag == elf.DT_NULL {
			break
		}
		o.tags = append(o.tags, tag)
		switch tag {
		case elf.DT_RELA:
			rela = value
		case elf.DT_RELASZ:
			relaSize = value
		}
	}
	if relaSize > 0 {
		text, err := mapped(f, rela, relaSize)
		if err != nil {
			return fmt.Errorf("relocations: %w", err)
		}
		for ; len(text) >= 24; text = text[24:] {
			info := binary.LittleEndian.Uint64(text[8:])
			o.relocations = append(o.relocations, relocation{
				offset: binary.LittleEndian.Uint64(text), kind: elf.R_X86_64(info & 0xffffffff), symbol: uint32(info >> 32),
				addend: int64(binary.LittleEndian.Uint64(text[16:])),
			})
		}
	}
	imports, err := f.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return fmt.Errorf("dynamic symbols: %w", err)
	}
	for _, s := range imports {
		if s.Section == elf.SHN_UNDEF && s.Name != "" {
			o.Imports = append(o.Imports, s.Name)
		}
	}
	slices.Sort(o.Imports)
	return nil
}

// mapped returns size bytes of the file that are mapped at addr.
func mapped(f *elf.File, addr, size uint64) ([]byte, error) {
	for _, p := range f.Progs {
		if p.Type == elf.PT_LOAD && addr >= p.Vaddr && addr-p.Vaddr <= p.Filesz && size <= p.Filesz-(addr-p.Vaddr) {
			b := make([]byte, size)
			_, err := p.ReadAt(b, int64(addr-p.Vaddr))
			return b, err
		}
	}
	return nil, fmt.Errorf("%d bytes at %#x are not in the file", size, addr)
}
