// Package object reads an extension's ELF file and checks it by the rules of docs/abi.md,
// section 2, as the kernel will. It trusts neither the compiler nor the linker.
package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// TimeoutEntry is the function that the watchdog sends a program to.
const TimeoutEntry = "__rex_handle_timeout"

// Object is what an extension's file holds.
type Object struct {
	Programs  []Program
	Maps      []Map
	Imports   []string // names of kernel symbols, sorted
	Segments  []Segment
	Functions []Function // sorted by address
	Timeout   []uint64   // addresses of the time-out entry: one in a good object
	Note      Note
	Sections  []Section // those with an address

	relocations []Relocation
	tags        []elf.DynTag
	entrySize   uint64 // DT_RELAENT
	relro       Range
	mapsRanges  []Range
	faults      []error // found while reading, where reading can go on
}

// Program is an entry that a loader can ask for.
type Program struct {
	Name    string `json:"name"`
	Section string `json:"section"`
	Entry   uint64 `json:"entry"` // virtual address
}

// Segment is a part of the file that is mapped.
type Segment struct {
	Start, End uint64 // virtual addresses
	Flags      elf.ProgFlag
	Data       []byte // from the file; zeros follow up to End
	offset     uint64 // in the file
}

// Function is a symbol of code.
type Function struct {
	Name       string
	Start, End uint64 // virtual addresses
}

// Section is a named part of the image.
type Section struct {
	Name string
	Range
}

// Range is a half-open range of addresses.
type Range struct{ Start, End uint64 }

// Contains tells whether size bytes at addr lie in the range.
func (r Range) Contains(addr, size uint64) bool {
	return addr >= r.Start && addr <= r.End && size <= r.End-addr
}

// Overlaps tells whether the ranges have a byte in common.
func (r Range) Overlaps(s Range) bool { return r.Start < s.End && s.Start < r.End }

// Bounds that the kernel sets, too.
const (
	MaxSize        = 16 << 20 // bytes of a file
	maxHeaders     = 64
	maxSections    = 4096
	maxFunctions   = 8192
	maxRelocations = 1 << 20
)

// Read reads the object that b holds, without a signature behind it. Whatever the bytes are, it neither panics nor
// takes more memory than a small multiple of their number.
func Read(b []byte) (*Object, error) {
	if len(b) > MaxSize {
		return nil, fmt.Errorf("%d bytes; the kernel takes at most %d", len(b), MaxSize)
	}
	if err := refuseCompressed(b); err != nil {
		return nil, err
	}
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("not an ELF file: %w", err)
	}
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || f.Machine != elf.EM_X86_64 || f.Type != elf.ET_DYN {
		return nil, fmt.Errorf("%s %s %s %s; an extension is an x86-64 position independent executable", f.Class, f.Data, f.Machine, f.Type)
	}
	if len(f.Progs) > maxHeaders || len(f.Sections) > maxSections {
		return nil, fmt.Errorf("%d program headers and %d sections; the kernel takes %d and %d", len(f.Progs), len(f.Sections), maxHeaders, maxSections)
	}
	o := &Object{}
	if err := o.segments(f, b); err != nil {
		return nil, err
	}
	if err := o.sections(f, uint64(len(b))); err != nil {
		return nil, err
	}
	if err := o.symbols(f); err != nil {
		return nil, err
	}
	if err := o.dynamic(f, b); err != nil {
		return nil, err
	}
	return o, nil
}

// refuseCompressed refuses sections that are larger than the file says: reading one would fill the memory.
func refuseCompressed(b []byte) error {
	const header = 64 // bytes, of the file and of a section
	if len(b) < header {
		return errors.New("not an ELF file: it is too short")
	}
	off, n := binary.LittleEndian.Uint64(b[40:]), uint64(binary.LittleEndian.Uint16(b[60:]))
	if off > uint64(len(b)) || n*header > uint64(len(b))-off || n == 0 || n > maxSections {
		return fmt.Errorf("not an ELF file of an extension: %d section headers at %#x", n, off)
	}
	for i := range n {
		if flags := binary.LittleEndian.Uint64(b[off+i*header+8:]); elf.SectionFlag(flags)&elf.SHF_COMPRESSED != 0 {
			return fmt.Errorf("section %d is compressed", i)
		}
	}
	return nil
}

func (o *Object) segments(f *elf.File, b []byte) error {
	size := uint64(len(b))
	for _, p := range f.Progs {
		if p.Off > size || p.Filesz > size-p.Off {
			return fmt.Errorf("segment at %#x lies outside of the file", p.Vaddr)
		}
		switch p.Type {
		case elf.PT_LOAD:
			o.Segments = append(o.Segments, Segment{p.Vaddr, p.Vaddr + p.Memsz, p.Flags, b[p.Off : p.Off+p.Filesz], p.Off})
		case elf.PT_GNU_RELRO:
			o.relro = Range{p.Vaddr, p.Vaddr + p.Memsz}
		case elf.PT_INTERP, elf.PT_TLS:
			o.fault("program header %s is not allowed", p.Type)
		}
	}
	// The kernel seals whole pages only.
	o.relro = Range{o.relro.Start / page * page, o.relro.End / page * page}
	return nil
}

func (o *Object) sections(f *elf.File, size uint64) error {
	notes := 0
	for _, s := range f.Sections {
		if s.Type != elf.SHT_NOBITS && (s.Offset > size || s.FileSize > size-s.Offset) {
			return fmt.Errorf("section %s lies outside of the file", s.Name)
		}
		where := Range{s.Addr, s.Addr + s.Size}
		if s.Flags&elf.SHF_ALLOC != 0 {
			o.Sections = append(o.Sections, Section{s.Name, where})
		}
		switch s.Name {
		case ".maps":
			o.mapsRanges = append(o.mapsRanges, where)
		case noteSection:
			notes++
			if err := o.readNote(s); err != nil {
				o.fault("%w", err)
			}
		}
	}
	if notes != 1 {
		o.fault("%d sections %s, which promise how the stack is kept; there must be one", notes, noteSection)
	}
	return nil
}

// symbols finds functions, programs, maps and the time-out entry in .symtab.
func (o *Object) symbols(f *elf.File) error {
	symbols, err := f.Symbols()
	if err != nil {
		return fmt.Errorf("no .symtab (%w); do not strip it", err)
	}
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF {
			continue
		}
		kind := elf.ST_TYPE(s.Info)
		if int(s.Section) >= len(f.Sections) {
			if kind == elf.STT_FUNC {
				o.fault("function %s is in no section", s.Name)
			}
			continue
		}
		section := f.Sections[s.Section]
		switch kind {
		case elf.STT_FUNC:
			if s.Name == "" {
				o.fault("a function at %#x has no name", s.Value)
			}
			o.Functions = append(o.Functions, Function{s.Name, s.Value, s.Value + s.Size})
			if s.Name == TimeoutEntry {
				o.Timeout = append(o.Timeout, s.Value)
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
	if len(o.Functions) > maxFunctions {
		return fmt.Errorf("%d functions; the kernel takes at most %d", len(o.Functions), maxFunctions)
	}
	if s := f.Section(".maps"); s != nil && s.Size != uint64(len(o.Maps))*mapRecord {
		return fmt.Errorf(".maps has %d bytes for %d named maps of %d", s.Size, len(o.Maps), mapRecord)
	}
	slices.SortFunc(o.Programs, func(a, b Program) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(o.Maps, func(a, b Map) int { return strings.Compare(a.Name, b.Name) })
	slices.SortStableFunc(o.Functions, func(a, b Function) int {
		if a.Start != b.Start {
			return int(min(1, max(-1, int64(a.Start)-int64(b.Start))))
		}
		return strings.Compare(a.Name, b.Name)
	})
	return nil
}

func (o *Object) fault(format string, args ...any) {
	o.faults = append(o.faults, fmt.Errorf(format, args...))
}

// undefined returns the dynamic symbols that the file asks for.
func undefined(f *elf.File) ([]string, error) {
	symbols, err := f.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return nil, fmt.Errorf("dynamic symbols: %w", err)
	}
	var names []string
	for _, s := range symbols {
		if s.Section == elf.SHN_UNDEF && s.Name != "" {
			names = append(names, s.Name)
		}
	}
	return names, nil
}
