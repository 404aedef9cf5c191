package flow

import (
	"debug/elf"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
)

// large is an object of n bytes of code: functions, over and over.
func large(n int, functions ...string) *object.Object {
	o := &object.Object{}
	var text []byte
	for i := 0; ; i++ {
		f := functions[i%len(functions)]
		if len(text)+len(f)+16 > n {
			break
		}
		start := uint64(first + len(text))
		o.Functions = append(o.Functions, object.Function{Name: fmt.Sprint("f", i), Start: start, End: start + uint64(len(f))})
		text = append(text, f...)
		for len(text)%16 != 0 {
			text = append(text, 0xcc)
		}
	}
	o.Segments = []object.Segment{{Start: first, End: first + uint64(len(text)), Flags: elf.PF_R | elf.PF_X, Data: text}}
	return o
}

// alone are the functions of an object that need no others and no data.
func alone(t *testing.T, path string) []string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	o, err := object.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	text := code.Sweep(o)
	var out []string
	for _, f := range text.Functions {
		fits := true
		for at := f.Start; at < f.End; {
			i, err := text.At(at)
			if err != nil {
				t.Fatal(err)
			}
			_, relative := i.Relative()
			fits = fits && !relative && (i.Op != "call" || i.Args[0].Kind != code.Place)
			at = i.Next()
		}
		if fits {
			out = append(out, string(o.Code(f.Start)[:f.End-f.Start]))
		}
	}
	return out
}

// stepsPerByte bounds the work: an instruction is followed a few times, whatever leads to it.
const stepsPerByte = 4

// One MiB of code is followed in a bounded number of steps and 200 MB, whether it is a compiler's or was made to be slow. -short takes an
// eighth of it.
func TestLarge(t *testing.T) {
	size := 1 << 20
	if testing.Short() {
		size /= 8
	}
	branches := func(n int) string {
		// Jumps from everywhere to everywhere, with a register and a slot that differ on every way.
		var b strings.Builder
		for i := range n {
			b.WriteString("\xb8" + rel(0, i)) // mov eax, i
			b.WriteString("\x0f\x84" + rel(b.Len()+6, (i*7919%n)*11))
		}
		return b.String() + ret
	}
	slots := func(n int) string {
		b := "\x48\x81\xec\x00\x10\x00\x00" // sub rsp, 4096
		for i := range n {
			at := i * 8 % 4096
			b += "\x48\x89\x9c\x24" + string([]byte{byte(at), byte(at >> 8), 0, 0}) // mov [rsp+at], rbx
			if i%4 == 3 {
				b += "\x74\xde" // je to the first of the four
			}
		}
		return b + "\x48\x81\xc4\x00\x10\x00\x00" + ret
	}
	turns := func(n int) string {
		b := "\x31\xc0\x31\xc9\x31\xd2\x31\xdb"
		for i := range n {
			b += "\x48\xff" + string([]byte{0xc0 + byte(i%3)}) + "\x48\x83\xf9\x07\x0f\x84" + rel(len(b)+13, 8) // inc; cmp rcx, 7; je to the start
		}
		return b + ret
	}
	tests := map[string][]string{
		"compiled":       alone(t, "../testdata/hello.elf"),
		"branches":       {branches(size / 96)},
		"slots":          {slots(size / 88)},
		"loops":          {turns(size / 117)},
		"small":          {ret},
		"calls in a row": {"\xe8\x0b\x00\x00\x00" + ret},
		"nops":           {strings.Repeat("\x90", size/11) + ret},
	}
	for name, functions := range tests {
		t.Run(name, func(t *testing.T) {
			if testing.Short() && name != "compiled" {
				t.Skip("it takes seconds")
			}
			if len(functions) == 0 {
				t.Fatal("no functions")
			}
			o := large(size, functions...)
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			start := time.Now()
			text := code.Sweep(o)
			if len(text.Refusals) > 0 {
				t.Fatal(text.Refusals)
			}
			g := New(text)
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			t.Logf("%s, %d MB in all, %d steps, %v", took, (after.TotalAlloc-before.TotalAlloc)>>20, g.steps, g.Refusals)
			if name == "compiled" && len(g.Refusals) > 0 {
				t.Errorf("refused: %v", g.Refusals)
			}
			if g.steps > stepsPerByte*size {
				t.Errorf("%d steps for %d bytes", g.steps, size)
			}
			if heap := int64(after.HeapSys) - int64(before.HeapSys); heap > 200<<20 {
				t.Errorf("it took %d MB", heap>>20)
			}
			runtime.KeepAlive(g)
		})
	}
}

// rel is the distance of a jump that ends at one place and leads to another.
func rel(from, to int) string {
	d := to - from
	return string([]byte{byte(d), byte(d >> 8), byte(d >> 16), byte(d >> 24)})
}
