package object

import (
	"debug/elf"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	page        = 4096
	maxSegments = 16
	maxSpan     = 16 << 20
	maxMaps     = 256
	maxPrograms = 1024
)

// sections are the program types, by the prefix of their sections.
var sections = []string{"kprobe", "uprobe", "tracepoint", "perf_event", "xdp", "tc"}

// Check returns everything that is wrong with the file but for its code and imports; nil if nothing is.
func (o *Object) Check() error {
	return errors.Join(errors.Join(o.faults...), o.checkSegments(), o.checkFunctions(), o.checkPrograms(), o.checkDynamic(), o.checkRelocations(), o.checkMaps())
}

func (o *Object) checkSegments() error {
	var errs []error
	if n := len(o.Segments); n == 0 || n > maxSegments {
		errs = append(errs, fmt.Errorf("%d segments; there must be 1 to %d", n, maxSegments))
	}
	var end uint64
	for _, s := range o.Segments {
		if s.Flags&elf.PF_W != 0 && s.Flags&elf.PF_X != 0 {
			errs = append(errs, fmt.Errorf("the segment at %#x is writable and executable", s.Start))
		}
		if s.Start > maxSpan || s.End < s.Start || s.End > maxSpan {
			errs = append(errs, fmt.Errorf("the segment at %#x ends beyond %d MiB", s.Start, maxSpan>>20))
		}
		if s.Start/page*page < end {
			errs = append(errs, fmt.Errorf("the segment at %#x shares a page with the one before it", s.Start))
		}
		if uint64(len(s.Data)) > s.End-s.Start {
			errs = append(errs, fmt.Errorf("the segment at %#x has more bytes in the file than in memory", s.Start))
		}
		if s.Start%page != s.offset%page {
			errs = append(errs, fmt.Errorf("the segment at %#x is not page aligned: it is at %#x of the file", s.Start, s.offset))
		}
		end = (s.End + page - 1) / page * page
	}
	return errors.Join(errs...)
}

func (o *Object) checkFunctions() error {
	for _, f := range o.Functions {
		if f.End < f.Start || !o.Executable(f.Start) || !o.Holds(f.Start, max(f.End-f.Start, 1)) {
			return fmt.Errorf("function %s lies outside of the code, at %#x", f.Name, f.Start)
		}
	}
	return nil
}

func (o *Object) checkPrograms() error {
	var errs []error
	if n := len(o.Programs); n == 0 {
		errs = append(errs, errors.New("there is no program in a section rex/...; was it built with -C enable_rex?"))
	} else if n > maxPrograms {
		errs = append(errs, fmt.Errorf("%d programs; the kernel takes at most %d", n, maxPrograms))
	}
	if n := len(o.Timeout); n != 1 {
		errs = append(errs, fmt.Errorf("there are %d functions %s, and there must be one; was it built with the rex crate?", n, TimeoutEntry))
	}
	for i, p := range o.Programs {
		kind, _, _ := strings.Cut(strings.TrimPrefix(p.Section, "rex/"), "/")
		if !slices.Contains(sections, kind) {
			errs = append(errs, fmt.Errorf("program %s is in section %s; program types are %s", p.Name, p.Section, strings.Join(sections, ", ")))
		}
		if !o.Executable(p.Entry) {
			errs = append(errs, fmt.Errorf("program %s starts at %#x, which is not code", p.Name, p.Entry))
		}
		if i > 0 && o.Programs[i-1].Name == p.Name {
			errs = append(errs, fmt.Errorf("two programs are named %s", p.Name))
		}
	}
	return errors.Join(errs...)
}

func (o *Object) checkDynamic() error {
	var errs []error
	for _, t := range o.tags {
		switch t {
		case elf.DT_TEXTREL, elf.DT_JMPREL, elf.DT_REL, elf.DT_INIT, elf.DT_FINI, elf.DT_INIT_ARRAY, elf.DT_FINI_ARRAY, elf.DT_PREINIT_ARRAY, 36:
			errs = append(errs, fmt.Errorf("dynamic tag %s is not allowed", t))
		}
	}
	if o.entrySize != relaSize {
		errs = append(errs, fmt.Errorf("a relocation has %d bytes; there must be %d", o.entrySize, relaSize))
	}
	return errors.Join(errs...)
}

func (o *Object) checkRelocations() error {
	var errs []error
	for i, r := range o.relocations {
		if r.kind != elf.R_X86_64_RELATIVE && r.kind != elf.R_X86_64_GLOB_DAT {
			errs = append(errs, fmt.Errorf("the relocation at %#x is %s; only RELATIVE and GLOB_DAT are allowed", r.Offset, r.kind))
		}
		if s := o.segment(r.Offset); s == nil || s.Flags&elf.PF_W == 0 || 8 > s.End-r.Offset {
			errs = append(errs, fmt.Errorf("the relocation at %#x is not in writable data", r.Offset))
		}
		if r.Import == "" && o.segment(r.Target) == nil && !o.isEnd(r.Target) {
			errs = append(errs, fmt.Errorf("the relocation at %#x points to %#x, outside of the image", r.Offset, r.Target))
		}
		if i > 0 && r.Offset-o.relocations[i-1].Offset < 8 {
			errs = append(errs, fmt.Errorf("the relocation at %#x overlaps the one before it", r.Offset))
		}
		// The kernel keeps its pointers there, and relocates afterwards.
		if slices.ContainsFunc(o.mapsRanges, Range{r.Offset, r.Offset + 8}.Overlaps) {
			errs = append(errs, fmt.Errorf("the relocation at %#x is in a record of .maps", r.Offset))
		}
	}
	return errors.Join(errs...)
}

// isEnd tells whether addr is just behind a segment, as the end of a table may be.
func (o *Object) isEnd(addr uint64) bool {
	return slices.ContainsFunc(o.Segments, func(s Segment) bool { return s.End == addr })
}

func (o *Object) checkMaps() error {
	var errs []error
	if len(o.mapsRanges) > 1 || len(o.Maps) > maxMaps {
		errs = append(errs, fmt.Errorf("%d maps in %d sections .maps; the kernel takes %d in one", len(o.Maps), len(o.mapsRanges), maxMaps))
	}
	for _, r := range o.mapsRanges {
		if r.End < r.Start || r.Start%8 != 0 || !o.Writable(r.Start, r.End-r.Start) {
			errs = append(errs, fmt.Errorf("section .maps at %#x is not aligned or not in writable data", r.Start))
		}
	}
	for i, m := range o.Maps {
		if m.pointer != 0 {
			errs = append(errs, fmt.Errorf("map %s holds a pointer already", m.Name))
		}
		if slices.ContainsFunc(o.Maps[:i], func(n Map) bool { return n.addr == m.addr }) {
			errs = append(errs, fmt.Errorf("map %s is a second name of another one", m.Name))
		}
	}
	return errors.Join(errs...)
}

// CheckImports returns an error that names every import that is not among the exports of a kernel.
func (o *Object) CheckImports(exports []string) error {
	var missing []string
	for _, name := range o.Imports {
		if !slices.Contains(exports, name) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("not in the kernel's export table: %s", strings.Join(missing, ", "))
	}
	return nil
}
