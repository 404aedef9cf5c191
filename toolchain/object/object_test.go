package object

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"os"
	"strings"
	"testing"
)

var exports = []string{"rex_landingpad", "rex_trace_printk", "rex_smp_processor_id", "bpf_get_current_task"}

func hello(t testing.TB) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/hello.elf")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHello(t *testing.T) {
	o, err := Read(hello(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(o.Check(), o.CheckImports(exports)); err != nil {
		t.Error(err)
	}
	if len(o.Programs) != 1 || o.Programs[0].Name != "rex_prog1" || len(o.Imports) != 4 {
		t.Errorf("programs %+v, imports %v", o.Programs, o.Imports)
	}
	if o.Note != (Note{Frame, 4096}) {
		t.Errorf("note %+v", o.Note)
	}
}

// patch changes bytes of a copy of hello.
type patch func(t *testing.T, b []byte, f *elf.File)

// section returns the bytes of a section.
func section(t *testing.T, b []byte, f *elf.File, name string) []byte {
	t.Helper()
	s := f.Section(name)
	if s == nil {
		t.Fatalf("hello.elf has no section %s", name)
	}
	return b[s.Offset : s.Offset+s.FileSize]
}

// header returns the i-th program header of a type.
func header(t *testing.T, b []byte, kind elf.ProgType, i int) []byte {
	t.Helper()
	off, n := binary.LittleEndian.Uint64(b[32:]), int(binary.LittleEndian.Uint16(b[56:]))
	for j := range n {
		h := b[off+uint64(j)*56:][:56]
		if elf.ProgType(binary.LittleEndian.Uint32(h)) == kind {
			if i == 0 {
				return h
			}
			i--
		}
	}
	t.Fatalf("no such program header")
	return nil
}

// rename replaces a string that the file holds once by one of the same length.
func rename(old, replacement string) patch {
	return func(t *testing.T, b []byte, _ *elf.File) {
		t.Helper()
		n := 0
		for i := 0; ; n++ {
			j := bytes.Index(b[i:], []byte(old+"\x00"))
			if j < 0 {
				break
			}
			copy(b[i+j:], replacement)
			i += j + len(old)
		}
		if n == 0 {
			t.Fatalf("hello.elf does not hold %q", old)
		}
	}
}

func word(b []byte, at int, v uint64) { binary.LittleEndian.PutUint64(b[at:], v) }

func TestMutantsAreRefused(t *testing.T) {
	tests := map[string]struct {
		patch patch
		want  string
	}{
		"not elf":         {func(_ *testing.T, b []byte, _ *elf.File) { b[0] = 'x' }, "ELF"},
		"32 bit":          {func(_ *testing.T, b []byte, _ *elf.File) { b[4] = 1 }, ""},
		"another machine": {func(_ *testing.T, b []byte, _ *elf.File) { b[18] = 0xb7 }, "x86-64"},
		"compressed": {func(_ *testing.T, b []byte, _ *elf.File) {
			b[binary.LittleEndian.Uint64(b[40:])+64+9] |= byte(elf.SHF_COMPRESSED >> 8)
		}, "compressed"},
		"no pie":             {func(_ *testing.T, b []byte, _ *elf.File) { b[16] = 2 }, "position independent"},
		"writable code":      {func(t *testing.T, b []byte, _ *elf.File) { header(t, b, elf.PT_LOAD, 1)[4] |= 2 }, "writable and executable"},
		"executable data":    {func(t *testing.T, b []byte, _ *elf.File) { header(t, b, elf.PT_LOAD, 2)[4] |= 1 }, "writable and executable"},
		"overlap":            {func(t *testing.T, b []byte, _ *elf.File) { word(header(t, b, elf.PT_LOAD, 1), 16, 0x630) }, "shares a page"},
		"far away":           {func(t *testing.T, b []byte, _ *elf.File) { word(header(t, b, elf.PT_LOAD, 2), 16, 0x2000_0000) }, "beyond"},
		"file end":           {func(t *testing.T, b []byte, _ *elf.File) { word(header(t, b, elf.PT_LOAD, 1), 32, 1<<40) }, "outside of the file"},
		"unknown import":     {rename("rex_trace_printk", "rex_trace_prinTk"), "export table: rex_trace_prinTk"},
		"unknown type":       {rename("rex/tracepoint/syscalls/sys_enter_dup", "rex/tracepaint/syscalls/sys_enter_dup"), "program types are"},
		"no program section": {rename("rex/tracepoint/syscalls/sys_enter_dup", "rax/tracepoint/syscalls/sys_enter_dup"), "no program"},
		"no time-out entry":  {rename("__rex_handle_timeout", "__rex_handle_timeOut"), "__rex_handle_timeout"},
		"another relocation": {func(t *testing.T, b []byte, f *elf.File) { section(t, b, f, ".rela.dyn")[8] = byte(elf.R_X86_64_64) }, "only RELATIVE and GLOB_DAT"},
		"text relocation": {func(t *testing.T, b []byte, f *elf.File) {
			word(section(t, b, f, ".rela.dyn"), 0, f.Section(".text").Addr&^7)
		}, "not in writable data"},
		"pointer out": {func(t *testing.T, b []byte, f *elf.File) { word(section(t, b, f, ".rela.dyn"), 16, 1<<40) }, "outside of the image"},
		"constructor": {func(t *testing.T, b []byte, f *elf.File) { word(section(t, b, f, ".dynamic"), 0, uint64(elf.DT_INIT)) }, "DT_INIT"},
		"entry in data": {func(t *testing.T, b []byte, f *elf.File) {
			symtab, err := f.Symbols()
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range symtab {
				if s.Name == "rex_prog1" {
					word(section(t, b, f, ".symtab"), (i+1)*24+8, f.Section(".dynamic").Addr)
				}
			}
		}, "not code"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := hello(t)
			f, err := elf.NewFile(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			test.patch(t, b, f)
			o, err := Read(b)
			if err == nil {
				err = errors.Join(o.Check(), o.CheckImports(exports))
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v; want a refusal with %q", err, test.want)
			}
		})
	}
}

// Whatever the bytes are: no panic, and what is accepted keeps the rules that matter most.
func FuzzRead(f *testing.F) {
	f.Add(hello(f))
	f.Add([]byte("\x7fELF\x02\x01\x01"))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := Read(b)
		if err != nil || o.Check() != nil {
			return
		}
		for _, s := range o.Segments {
			if s.Flags&(elf.PF_W|elf.PF_X) == elf.PF_W|elf.PF_X {
				t.Fatal("a writable and executable segment was accepted")
			}
		}
	})
}
