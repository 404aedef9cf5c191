package code

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"rex/toolchain/object"
)

// Another decoder finds the same instructions in the good objects.
func TestObjdumpAgrees(t *testing.T) {
	objdump, err := exec.LookPath("objdump")
	if err != nil {
		t.Skip("no objdump on this host: ", err)
	}
	for _, name := range []string{"hello", "recursion", "syscount"} {
		t.Run(name, func(t *testing.T) {
			path := "../testdata/" + name + ".elf"
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			o, err := object.Read(b)
			if err != nil {
				t.Fatal(err)
			}
			text := Sweep(o)
			if len(text.Refusals) > 0 {
				t.Fatal(text.Refusals)
			}
			out, err := exec.Command(objdump, "-d", "--no-show-raw-insn", path).Output()
			if err != nil {
				t.Fatal(err)
			}
			theirs := map[uint64]bool{}
			for line := range strings.Lines(string(out)) {
				var addr uint64
				if _, err := fmt.Sscanf(line, " %x:\t", &addr); err == nil {
					theirs[addr] = true
				}
			}
			n := 0
			for _, f := range text.Functions {
				for at := f.Start; at < f.End; at++ {
					if text.IsInstruction(f, at) != theirs[at] {
						t.Errorf("%s: instruction at %#x: %v, objdump says %v", f.Name, at, text.IsInstruction(f, at), theirs[at])
					}
					if theirs[at] {
						n++
					}
				}
			}
			if n < 500 {
				t.Errorf("%d instructions; is that all?", n)
			}
		})
	}
}

func TestSweepRefuses(t *testing.T) {
	// Functions of 16 bytes, filled up with int3.
	build := func(functions ...string) *object.Object {
		o := &object.Object{}
		var text []byte
		for i, b := range functions {
			start := uint64(0x1000 + 16*i)
			o.Functions = append(o.Functions, object.Function{Name: fmt.Sprint("f", i), Start: start, End: start + uint64(len(b))})
			text = append(text, b+strings.Repeat("\xcc", 16-len(b))...)
		}
		o.Segments = []object.Segment{{Start: 0x1000, End: 0x1000 + uint64(len(text)), Flags: 5, Data: text}}
		return o
	}
	tests := map[string]struct {
		object *object.Object
		want   string
	}{
		"good":               {build("\xc3", "\x31\xc0\xc3"), ""},
		"not allowed":        {build("\x0f\x05\xc3"), "bytes 0f 05 c3: it enters or leaves the kernel"},
		"cut instruction":    {build("\x48\x81\xec\x00"), "end within an instruction"},
		"lea of a start":     {build("\xc3", "\x48\x8d\x05\xe9\xff\xff\xff\xc3"), "does not start with endbr64"},
		"lea of a good one":  {build("\xf3\x0f\x1e\xfa\xc3", "\x48\x8d\x05\xe9\xff\xff\xff\xc3"), ""},
		"lea of a middle":    {build("\x31\xc0\xc3", "\x48\x8d\x05\xeb\xff\xff\xff\xc3"), "where no function starts"},
		"read of code":       {build("\x48\x8b\x05\x00\x00\x00\x00\xc3"), "which is code"},
		"write to code":      {build("\x48\x89\x05\x00\x00\x00\x00\xc3"), "read-only"},
		"exchange with code": {build("\x48\x87\x05\x00\x00\x00\x00\xc3"), "read-only"},
		"read from nowhere":  {build("\x48\x8b\x05\x00\x00\x10\x00\xc3"), "outside of the image"},
		"comparison of code": {build("\x48\x39\x05\x00\x00\x00\x00\xc3"), "which is code"},
	}
	overlap := build("\x31\xc0\xc3", "\xc3")
	overlap.Functions[0].End = 0x1011
	tests["overlap"] = struct {
		object *object.Object
		want   string
	}{overlap, "overlaps"}
	alias := build("\xc3")
	alias.Functions = append(alias.Functions, object.Function{Name: "alias", Start: 0x1000, End: 0x1001})
	tests["alias"] = struct {
		object *object.Object
		want   string
	}{alias, ""}
	hidden := build("\xc3", "\xc3")
	hidden.Functions = hidden.Functions[:1]
	tests["hidden code"] = struct {
		object *object.Object
		want   string
	}{hidden, "no padding"}
	large := build("\xc3")
	large.Segments[0].Data = make([]byte, maxCode+1)
	large.Segments[0].End = 0x1000 + maxCode + 1
	tests["too much"] = struct {
		object *object.Object
		want   string
	}{large, "at most"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var all []string
			for _, r := range Sweep(test.object).Refusals {
				all = append(all, r.Error())
			}
			if got := strings.Join(all, "\n"); test.want == "" && got != "" || !strings.Contains(got, test.want) {
				t.Errorf("refusals %q; want %q", got, test.want)
			}
		})
	}
}
