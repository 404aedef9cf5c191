package object

import (
	"cmp"
	"debug/elf"
	"slices"
)

// segment returns the segment that holds addr, or nil.
func (o *Object) segment(addr uint64) *Segment {
	for i, s := range o.Segments {
		if addr >= s.Start && addr < s.End {
			return &o.Segments[i]
		}
	}
	return nil
}

// mapped returns size bytes of the file that are mapped at addr, or nil.
func (o *Object) mapped(addr, size uint64) []byte {
	s := o.segment(addr)
	if s == nil {
		return nil
	}
	off := addr - s.Start
	if off > uint64(len(s.Data)) || size > uint64(len(s.Data))-off {
		return nil
	}
	return s.Data[off : off+size]
}

// Code returns the bytes from addr to the end of its segment, if it is executable.
func (o *Object) Code(addr uint64) []byte {
	s := o.segment(addr)
	if s == nil || s.Flags&elf.PF_X == 0 || addr-s.Start >= uint64(len(s.Data)) {
		return nil
	}
	return s.Data[addr-s.Start:]
}

// Executable tells whether addr is in code.
func (o *Object) Executable(addr uint64) bool {
	s := o.segment(addr)
	return s != nil && s.Flags&elf.PF_X != 0
}

// Holds tells whether size bytes at addr are in one segment.
func (o *Object) Holds(addr, size uint64) bool {
	s := o.segment(addr)
	return s != nil && size <= s.End-addr
}

// Writable tells whether size bytes at addr can be written once the image is sealed.
func (o *Object) Writable(addr, size uint64) bool {
	s := o.segment(addr)
	return s != nil && size <= s.End-addr && s.Flags&elf.PF_W != 0 && !o.relro.Overlaps(Range{addr, addr + size})
}

// InMaps tells whether a byte of size at addr is in a record of .maps.
func (o *Object) InMaps(addr, size uint64) bool {
	return slices.ContainsFunc(o.mapsRanges, Range{addr, addr + size}.Overlaps)
}

// Sealed tells whether the word at addr may be relocated, and cannot be written once that is done.
func (o *Object) Sealed(addr uint64) bool { return o.relro.Contains(addr, 8) }

// Slot returns what the word at addr points to for good: a relocated word that nobody can write any more.
func (o *Object) Slot(addr uint64) (Relocation, bool) {
	i, found := slices.BinarySearchFunc(o.relocations, addr, func(r Relocation, addr uint64) int { return cmp.Compare(r.Offset, addr) })
	if !found || !o.relro.Contains(addr, 8) {
		return Relocation{}, false
	}
	return o.relocations[i], true
}

// Relocations are all words that the kernel fills in, by address.
func (o *Object) Relocations() []Relocation { return o.relocations }

// Offset returns where in the file the byte at addr is.
func (o *Object) Offset(addr uint64) (uint64, bool) {
	s := o.segment(addr)
	if s == nil || addr-s.Start >= uint64(len(s.Data)) {
		return 0, false
	}
	return s.offset + addr - s.Start, true
}
