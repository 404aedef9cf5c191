package object

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

const (
	page        = 4096
	maxSegments = 16
	maxSpan     = 16 << 20
)

// sections are the program types, by the prefix of their sections.
var sections = []string{"kprobe", "uprobe", "tracepoint", "perf_event", "xdp", "tc"}

// Exports reads the names that a kernel lets extensions import: its rex-exports.txt.
func Exports(path string) ([]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var names []string
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if name := strings.TrimSpace(lines.Text()); name != "" {
			names = append(names, name)
		}
	}
	return names, lines.Err()
}

// CheckFile reads and checks the object at path against a kernel's rex-exports.txt.
func CheckFile(path, exports string) error {
	names, err := Exports(exports)
	if err != nil {
		return err
	}
	o, err := Open(path)
	if err != nil {
		return err
	}
	if err := o.Check(names); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// Check returns everything that is wrong with the object for a kernel with these exports; nil if nothing is.
func (o *Object) Check(exports []string) error {
	return errors.Join(o.checkSegments(), o.checkPrograms(), o.checkDynamic(), o.checkImports(exports))
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
		end = (s.End + page - 1) / page * page
	}
	return errors.Join(errs...)
}

func (o *Object) segment(addr uint64) *Segment {
	for i, s := range o.Segments {
		if addr >= s.Start && addr < s.End {
			return &o.Segments[i]
		}
	}
	return nil
}

func (o *Object) checkPrograms() error {
	var errs []error
	if len(o.Programs) == 0 {
		errs = append(errs, errors.New("there is no program in a section rex/...; was it built with -C enable_rex?"))
	}
	if !o.Timeout {
		errs = append(errs, errors.New("there is no function __rex_handle_timeout; was it built with the rex crate?"))
	}
	for i, p := range o.Programs {
		kind, _, _ := strings.Cut(strings.TrimPrefix(p.Section, "rex/"), "/")
		if !slices.Contains(sections, kind) {
			errs = append(errs, fmt.Errorf("program %s is in section %s; program types are %s", p.Name, p.Section, strings.Join(sections, ", ")))
		}
		if s := o.segment(p.Entry); s == nil || s.Flags&elf.PF_X == 0 {
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
	for _, r := range o.relocations {
		if r.kind != elf.R_X86_64_RELATIVE && r.kind != elf.R_X86_64_GLOB_DAT {
			errs = append(errs, fmt.Errorf("the relocation at %#x is %s; only RELATIVE and GLOB_DAT are allowed", r.offset, r.kind))
		}
		if s := o.segment(r.offset); s == nil || s.Flags&elf.PF_W == 0 || r.offset+8 > s.End {
			errs = append(errs, fmt.Errorf("the relocation at %#x is not in writable data", r.offset))
		}
		if r.kind == elf.R_X86_64_RELATIVE && (r.addend < 0 || o.segment(uint64(r.addend)) == nil && !o.isEnd(uint64(r.addend))) {
			errs = append(errs, fmt.Errorf("the relocation at %#x points to %#x, outside of the image", r.offset, r.addend))
		}
	}
	return errors.Join(errs...)
}

// isEnd tells whether addr is just behind a segment, as the end of a table may be.
func (o *Object) isEnd(addr uint64) bool {
	return slices.ContainsFunc(o.Segments, func(s Segment) bool { return s.End == addr })
}

func (o *Object) checkImports(exports []string) error {
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

// Describe writes what is in the object, for a person.
func (o *Object) Describe(w io.Writer) {
	for _, p := range o.Programs {
		fmt.Fprintf(w, "program %-24s %-44s at %#x\n", p.Name, p.Section, p.Entry)
	}
	for _, m := range o.Maps {
		fmt.Fprintf(w, "map     %-24s type %d, key %d, value %d, entries %d, flags %#x\n", m.Name, m.Type, m.Key, m.Value, m.MaxEntries, m.FlagsBits)
	}
	for _, s := range o.Segments {
		fmt.Fprintf(w, "segment %#08x-%#08x %s\n", s.Start, s.End, s.Flags)
	}
	for _, name := range o.Imports {
		fmt.Fprintf(w, "import  %s\n", name)
	}
}
