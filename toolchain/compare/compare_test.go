package compare

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// object makes an ELF file with a section of each name and content.
func object(t *testing.T, sections ...string) []byte {
	t.Helper()
	names, content := []byte("\x00.shstrtab\x00"), []byte{}
	type header struct {
		Name, Type                   uint32
		Flags, Address, Offset, Size uint64
		Link, Info                   uint32
		Align, EntrySize             uint64
	}
	headers := []header{{}}
	for i := 0; i < len(sections); i += 2 {
		headers = append(headers, header{Name: uint32(len(names)), Type: 1, Offset: 64 + uint64(len(content)), Size: uint64(len(sections[i+1])), Align: 1})
		names = append(append(names, sections[i]...), 0)
		content = append(content, sections[i+1]...)
	}
	headers = append(headers, header{Name: 1, Type: 3, Offset: 64 + uint64(len(content)), Size: uint64(len(names)), Align: 1})
	content = append(content, names...)
	var b bytes.Buffer
	b.WriteString("\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00")
	for _, v := range []any{
		uint16(1), uint16(62), uint32(1), uint64(0), uint64(0), uint64(64 + len(content)), uint32(0), uint16(64), uint16(0), uint16(0), uint16(64), uint16(len(headers)), uint16(len(headers) - 1),
	} {
		if err := binary.Write(&b, binary.LittleEndian, v); err != nil {
			t.Fatal(err)
		}
	}
	b.Write(content)
	if err := binary.Write(&b, binary.LittleEndian, headers); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ar makes an archive.
func ar(members ...string) []byte {
	var b bytes.Buffer
	b.WriteString("!<arch>\n")
	for i := 0; i < len(members); i += 2 {
		fmt.Fprintf(&b, "%-16s%-12s%-6s%-6s%-8s%-10d`\n%s", members[i]+"/", "0", "0", "0", "644", len(members[i+1]), members[i+1])
		if len(members[i+1])%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes()
}

func TestContent(t *testing.T) {
	for name, test := range map[string]struct {
		a, b []byte
		want []string
	}{
		"equal":           {[]byte("x"), []byte("x"), nil},
		"a line":          {[]byte("a\nb\nc\n"), []byte("a\nx\nc\n"), []string{`line 2 is "b" and "x"`}},
		"a line more":     {[]byte("a"), []byte("a\nb"), []string{`line 2 is only in the second: "b"`}},
		"bytes":           {[]byte("a\x00b"), []byte("a\x00c"), []string{"from byte 0x2 on 62 and 63"}},
		"bytes more":      {[]byte("a\x00"), []byte("a\x00c"), []string{"from byte 0x2 on  and 63; it has 2 and 3 bytes"}},
		"empty and bytes": {nil, []byte{0}, []string{"from byte 0x0 on  and 00; it has 0 and 1 bytes"}},
		"a section": {object(t, ".text", "\x90\x00", ".data", "\x00\x01"), object(t, ".text", "\x90\x00", ".data", "\x00\x02"), []string{
			"section .data: from byte 0x1 on 01 and 02",
		}},
		"sections come and go": {object(t, ".text", "\x90\x00", ".old", "\x00"), object(t, ".text", "\x90\x00", ".new", "\x00"), []string{
			"section .old is only in the first", `section .shstrtab: from byte 0x12 on 6f6c6400 and 6e657700`, "section .new is only in the second",
		}},
		"two sections of a name": {object(t, ".g", "\x01\x00", ".g", "\x02\x00"), object(t, ".g", "\x01\x00", ".g", "\x03\x00"), []string{
			"section .g (2): from byte 0x0 on 0200 and 0300",
		}},
		"a member": {ar("a.o", "one\n", "b.o", "x"), ar("a.o", "two\n", "b.o", "x"), []string{`member a.o: line 1 is "one" and "two"`}},
		"an object in an archive": {ar("a.o", string(object(t, ".text", "\x90\x00"))), ar("a.o", string(object(t, ".text", "\x91\x00"))), []string{
			"member a.o: section .text: from byte 0x0 on 9000 and 9100",
		}},
		"the order of members": {ar("a.o", "1", "b.o", "2"), ar("b.o", "2", "a.o", "1"), []string{"members are in another order"}},
		"a damaged archive":    {[]byte("!<arch>\n\x00"), []byte("!<arch>\n\x01"), []string{"from byte 0x8 on 00 and 01"}},
		"a damaged object":     {[]byte("\x7fELF\x02\x01\x01\x00"), []byte("\x7fELF\x02\x01\x01\x01"), []string{"from byte 0x7 on 00 and 01"}},
		"padding of an object": {append(object(t, ".text", "\x90\x00"), 0), append(object(t, ".text", "\x90\x00"), 1), []string{"from byte 0x113 on 00 and 01"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := content(test.a, test.b); !slices.Equal(got, test.want) {
				t.Errorf("got %q; want %q", got, test.want)
			}
		})
	}
}

func TestTrees(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write := func(dir, name, text string, mode os.FileMode) error {
		path := filepath.Join(dir, name)
		return errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), mode))
	}
	err := errors.Join(
		write(a, "same", "x", 0o644), write(b, "same", "x", 0o444),
		write(a, "d/text", "1", 0o644), write(b, "d/text", "2", 0o644),
		write(a, "first", "", 0o644), write(b, "second", "", 0o644),
		write(a, "run", "", 0o644), write(b, "run", "", 0o755),
		os.Symlink("same", filepath.Join(a, "link")), os.Symlink("run", filepath.Join(b, "link")),
		os.Symlink("same", filepath.Join(a, "odd")), write(b, "odd", "", 0o644),
		os.Mkdir(filepath.Join(a, "empty"), 0o755),
	)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Trees(t.Context(), a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := []Difference{
		{"d/text", `line 1 is "1" and "2"`}, {"first", "is only in the first"}, {"link", "leads to same and run"}, {"odd", "is a symbolic link and a file"},
		{"run", "is executable in one of them"}, {"second", "is only in the second"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q;\nwant %q", got, want)
	}
}

func FuzzContent(f *testing.F) {
	f.Add([]byte("!<arch>\n"), []byte("\x7fELF"))
	f.Add(ar("a.o", "x"), ar("a.o", "y"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		if got := content(a, b); (len(got) == 0) != bytes.Equal(a, b) {
			t.Errorf("got %q for contents that are equal: %v", got, bytes.Equal(a, b))
		}
	})
}
