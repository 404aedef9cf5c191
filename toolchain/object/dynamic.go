package object

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
)

// Relocation is a word of the image that the kernel fills in.
type Relocation struct {
	Offset uint64 // virtual address of the word
	Target uint64 // virtual address that it will point to, unless Import is set
	Import string // kernel symbol that it will point to
	Symbol uint64 // its number

	kind elf.R_X86_64
}

// dynamicTable is what the kernel uses of the dynamic section.
type dynamicTable struct {
	rela, relaSize          uint64
	symbols, names, nameLen uint64
}

// dynamic reads relocations and imports the way the kernel does: from the segment PT_DYNAMIC.
func (o *Object) dynamic(f *elf.File, b []byte) error {
	imports, err := undefined(f)
	if err != nil {
		return err
	}
	o.Imports = imports
	o.entrySize = relaSize
	var data []byte
	for _, p := range f.Progs {
		if p.Type == elf.PT_DYNAMIC {
			if data != nil {
				o.fault("there are two segments PT_DYNAMIC")
			}
			data = b[p.Off : p.Off+p.Filesz] // segments has checked this
		}
	}
	if s := f.SectionByType(elf.SHT_DYNAMIC); s != nil && data == nil {
		o.fault("there is a dynamic section and no segment PT_DYNAMIC")
	}
	table := o.readTags(data)
	if table.relaSize > 0 {
		if err := o.readRelocations(table); err != nil {
			return err
		}
	}
	slices.Sort(o.Imports)
	o.Imports = slices.Compact(o.Imports)
	return nil
}

func (o *Object) readTags(b []byte) (t dynamicTable) {
	for ; len(b) >= 16; b = b[16:] {
		tag, value := elf.DynTag(binary.LittleEndian.Uint64(b)), binary.LittleEndian.Uint64(b[8:])
		if tag == elf.DT_NULL {
			break
		}
		o.tags = append(o.tags, tag)
		switch tag {
		case elf.DT_RELA:
			t.rela = value
		case elf.DT_RELASZ:
			t.relaSize = value
		case elf.DT_RELAENT:
			o.entrySize = value
		case elf.DT_SYMTAB:
			t.symbols = value
		case elf.DT_STRTAB:
			t.names = value
		case elf.DT_STRSZ:
			t.nameLen = value
		}
	}
	return t
}

const relaSize, symbolSize = 24, 24

func (o *Object) readRelocations(t dynamicTable) error {
	text := o.mapped(t.rela, t.relaSize)
	if text == nil {
		return fmt.Errorf("relocations: %d bytes at %#x are not in the file", t.relaSize, t.rela)
	}
	if len(text)/relaSize > maxRelocations {
		return fmt.Errorf("%d relocations; at most %d are checked", len(text)/relaSize, maxRelocations)
	}
	names := o.mapped(t.names, t.nameLen)
	for ; len(text) >= relaSize; text = text[relaSize:] {
		info := binary.LittleEndian.Uint64(text[8:])
		r := Relocation{Offset: binary.LittleEndian.Uint64(text), kind: elf.R_X86_64(info & 0xffffffff), Target: binary.LittleEndian.Uint64(text[16:])}
		if r.kind == elf.R_X86_64_GLOB_DAT {
			symbol := o.mapped(t.symbols+(info>>32)*symbolSize, symbolSize)
			if symbol == nil {
				return fmt.Errorf("the relocation at %#x is for symbol %d, which is not in the file", r.Offset, info>>32)
			}
			r.Target = binary.LittleEndian.Uint64(symbol[8:])
			if elf.SectionIndex(binary.LittleEndian.Uint16(symbol[6:])) == elf.SHN_UNDEF {
				at := binary.LittleEndian.Uint32(symbol)
				var end int
				if uint64(at) < uint64(len(names)) {
					end = bytes.IndexByte(names[at:], 0)
				}
				if end <= 0 {
					return fmt.Errorf("the relocation at %#x is for symbol %d, which has no name", r.Offset, info>>32)
				}
				r.Import, r.Symbol = string(names[at:][:end]), info>>32
				if len(o.Imports) == 0 || o.Imports[len(o.Imports)-1] != r.Import {
					o.Imports = append(o.Imports, r.Import)
				}
			}
		}
		o.relocations = append(o.relocations, r)
	}
	slices.SortStableFunc(o.relocations, func(a, b Relocation) int { return cmp.Compare(a.Offset, b.Offset) })
	return nil
}
