// Package listing shows machine code for people to compare: instructions with the names of what they call and reach for.
package listing

import (
	"bufio"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// Code is a piece of machine code.
type Code struct {
	Name  string
	Start uint64 // address
	Bytes []byte
}

// Symbol says what is at an address, and where that begins; an empty name for nothing.
type Symbol func(address uint64) (name string, start uint64)

// Write writes a listing. Slots, such as those of a global offset table, have names of their own: a call through one is shown as one of what it
// leads to.
func Write(w io.Writer, c Code, symbol, slot Symbol) (calls []string, err error) {
	out := bufio.NewWriter(w)
	instructions := 0
	var body strings.Builder
	for at := 0; at < len(c.Bytes); {
		i, err := x86asm.Decode(c.Bytes[at:], 64)
		pc := c.Start + uint64(at)
		if err != nil || endbr(c.Bytes[at:]) {
			i.Len = max(i.Len, 1)
			text := fmt.Sprintf("(%#02x)", c.Bytes[at])
			if endbr(c.Bytes[at:]) {
				i.Len, text = 4, "endbr64"
				instructions++
			}
			fmt.Fprintf(&body, "%6x  %s\n", at, text)
			at += i.Len
			continue
		}
		if i.Op == x86asm.INT && c.Bytes[at] == 0xcc {
			break // padding
		}
		text, reaches := x86asm.IntelSyntax(i, pc, x86asm.SymLookup(symbol)), ""
		slotted := false
		for _, a := range i.Args {
			switch a := a.(type) {
			case x86asm.Mem:
				if a.Base == x86asm.RIP {
					reaches, _ = slot(pc + uint64(i.Len) + uint64(a.Disp))
					slotted = reaches != ""
				}
			case x86asm.Rel:
				to := pc + uint64(i.Len) + uint64(int64(a))
				if reaches, _ = symbol(to); i.Op != x86asm.CALL && to >= c.Start && to < c.Start+uint64(len(c.Bytes)) {
					reaches = fmt.Sprintf("to %x", to-c.Start)
				}
			}
		}
		if reaches != "" {
			// A slot may be read long before the call.
			if (i.Op == x86asm.CALL || slotted) && !slices.Contains(calls, reaches) {
				calls = append(calls, reaches)
			}
			if !strings.Contains(text, reaches) {
				text += "  ; " + reaches
			}
		}
		fmt.Fprintf(&body, "%6x  %s\n", at, text)
		instructions++
		at += i.Len
	}
	fmt.Fprintf(out, "%s: %d instructions, %d bytes\n%s", c.Name, instructions, len(c.Bytes), body.String())
	return calls, out.Flush()
}

// endbr tells whether ENDBR64 is next, which the decoder does not know.
func endbr(b []byte) bool {
	return len(b) >= 4 && b[0] == 0xf3 && b[1] == 0x0f && b[2] == 0x1e && b[3] == 0xfa
}

// Object is an ELF file's functions, and what its slots lead to.
type Object struct {
	functions []Code // by address
	slots     map[uint64]string
}

// Open reads an ELF file.
func Open(path string) (*Object, error) {
	f, err := elf.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o := &Object{slots: map[uint64]string{}}
	symbols, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	content := map[elf.SectionIndex][]byte{}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || s.Size == 0 || int(s.Section) >= len(f.Sections) {
			continue
		}
		section := f.Sections[s.Section]
		if content[s.Section] == nil {
			if content[s.Section], err = section.Data(); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
		from, data := s.Value-section.Addr, content[s.Section]
		if from+s.Size <= uint64(len(data)) {
			o.functions = append(o.functions, Code{s.Name, s.Value, data[from : from+s.Size]})
		}
	}
	slices.SortStableFunc(o.functions, func(a, b Code) int {
		if a.Start < b.Start {
			return -1
		}
		return min(int(a.Start-b.Start), 1)
	})
	return o, o.readSlots(f)
}

// readSlots reads which words the kernel fills with its symbols' addresses.
func (o *Object) readSlots(f *elf.File) error {
	imports, err := f.DynamicSymbols()
	section := f.Section(".rela.dyn")
	if err != nil || section == nil {
		return nil // there are none
	}
	data, err := section.Data()
	if err != nil {
		return err
	}
	for ; len(data) >= 24; data = data[24:] {
		where, info := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint64(data[8:])
		if n := info >> 32; elf.R_X86_64(info&0xffffffff) == elf.R_X86_64_GLOB_DAT && n > 0 && n <= uint64(len(imports)) {
			o.slots[where] = imports[n-1].Name
		}
	}
	return nil
}

// Function is one by its name, or by its address if the name is a number.
func (o *Object) Function(name string) (Code, bool) {
	address, err := strconv.ParseUint(name, 0, 64)
	i := slices.IndexFunc(o.functions, func(c Code) bool { return c.Name == name || err == nil && c.Start == address })
	if i < 0 {
		return Code{}, false
	}
	return o.functions[i], true
}

// Symbol is a Symbol of its functions.
func (o *Object) Symbol(address uint64) (string, uint64) {
	for _, c := range o.functions {
		if address >= c.Start && address < c.Start+uint64(len(c.Bytes)) {
			return c.Name, c.Start
		}
	}
	return "", 0
}

// Slot is a Symbol of its slots.
func (o *Object) Slot(address uint64) (string, uint64) { return o.slots[address], address }
