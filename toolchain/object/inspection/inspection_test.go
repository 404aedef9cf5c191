package inspection

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/object"
)

// objects are the good objects of testdata.
var objects = []string{"hello", "recursion", "syscount"}

func good(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../testdata", name+".elf"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func kernel(t testing.TB) Kernel {
	t.Helper()
	exports, err := object.Exports("../testdata/exports.txt")
	if err != nil {
		t.Fatal(err)
	}
	return Kernel{Exports: exports}
}

func TestGoodObjects(t *testing.T) {
	tests := map[string]struct {
		programs, maps int
		checks         bool
		text           []string
	}{
		"hello": {1, 0, true, []string{
			"program   rex_prog1                    rex/tracepoint/syscalls/sys_enter_dup",
			"import    rex_trace_printk", "signature not signed", "functions look at the stack pointer", "-> (a pointer)", "accepted",
		}},
		"recursion": {1, 1, true, []string{"map       SUMS                         type 2, key 4, value 8, entries 4", "-> recursion::walk"}},
		"syscount":  {2, 4, false, []string{"program sys_enter uses 248 bytes:", "program sys_exit uses 232 bytes:", "nothing is checked at run time"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := Bytes(good(t, name), kernel(t))
			if err := r.Err(); err != nil {
				t.Fatal(err)
			}
			if len(r.Programs) != test.programs || len(r.Maps) != test.maps || r.Stack.Checks != test.checks {
				t.Errorf("programs %+v, maps %+v, stack %+v", r.Programs, r.Maps, r.Stack)
			}
			var text, dot, data strings.Builder
			for w, write := range map[*strings.Builder]func() error{&text: func() error { return r.Text(&text) }, &dot: func() error { return r.DOT(&dot) }, &data: func() error { return r.JSON(&data) }} {
				if err := write(); err != nil || w.Len() == 0 {
					t.Errorf("%d bytes, %v", w.Len(), err)
				}
			}
			for _, want := range test.text {
				if !strings.Contains(text.String(), want) {
					t.Errorf("the text lacks %q:\n%s", want, text.String())
				}
			}
			if !strings.HasPrefix(dot.String(), "digraph") || strings.Count(dot.String(), " -> ") < 10 {
				t.Errorf("no graph:\n%s", dot.String())
			}
			var back Report
			if err := json.Unmarshal([]byte(data.String()), &back); err != nil || !back.Accepted || len(back.Functions) != len(r.Functions) {
				t.Errorf("JSON: %v", err)
			}
		})
	}
}

// Without a kernel there is nothing to hold imports against, and the report says so.
func TestWithoutKernel(t *testing.T) {
	r := Bytes(good(t, "hello"), Kernel{NoExports: "no kernel is built"})
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := r.Text(&text); err != nil || !strings.Contains(text.String(), "unchecked imports: no kernel is built") {
		t.Errorf("%v:\n%s", err, text.String())
	}
}

func TestFile(t *testing.T) {
	if r, err := File("../testdata/hello.elf", kernel(t)); err != nil || r.Err() != nil {
		t.Errorf("%v, %v", err, r.Err())
	}
	for _, path := range []string{"/nonexistent", "/dev/zero", "."} {
		if _, err := File(path, Kernel{}); err == nil {
			t.Errorf("%s was read", path)
		}
	}
	r, err := File("../testdata/README.md", Kernel{})
	if err != nil || r.Err() == nil || !strings.Contains(r.Err().Error(), "README.md is refused: not an ELF file") {
		t.Errorf("%v, %v", err, r.Err())
	}
}

// What the compiler says about frames is not believed, but two that count apart should agree.
func TestFramesAgreeWithCompiler(t *testing.T) {
	for _, name := range objects {
		b := good(t, name)
		f, err := elf.NewFile(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		sizes, err := f.Section(".stack_sizes").Data()
		if err != nil {
			t.Fatal(err)
		}
		frames := map[uint64]int64{}
		for _, f := range Bytes(b, kernel(t)).Functions {
			frames[f.Address] = f.Frame
		}
		n := 0
		for ; len(sizes) > 8; n++ {
			addr := binary.LittleEndian.Uint64(sizes)
			size, width := binary.Uvarint(sizes[8:])
			// 0 is of a function that the linker left out.
			if frame, ok := frames[addr]; addr != 0 && (!ok || frame != int64(size)) {
				t.Errorf("%s: the function at %#x has a frame of %d bytes; the compiler says %d", name, addr, frame, size)
			}
			sizes = sizes[8+width:]
		}
		if n < 10 {
			t.Errorf("%s: sizes of %d functions; is that all?", name, n)
		}
	}
}

// A signature that is there must be right, and is not part of the object.
func TestSignature(t *testing.T) {
	b := append(good(t, "hello"), "no PKCS#7\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x09~Module signature appended~\n"...)
	r := Bytes(b, kernel(t))
	if r.Signature.State != Invalid || r.Err() == nil || !strings.Contains(r.Err().Error(), "signature") {
		t.Errorf("%+v: %v", r.Signature, r.Err())
	}
	if len(r.Refusals) != 1 || len(r.Functions) == 0 {
		t.Errorf("the object before the signature was not checked: %v", r.Refusals)
	}
}

func BenchmarkObject(b *testing.B) {
	for _, name := range objects {
		b.Run(name, func(b *testing.B) {
			file, k := good(b, name), kernel(b)
			b.SetBytes(int64(len(file)))
			for b.Loop() {
				if err := Bytes(file, k).Err(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
