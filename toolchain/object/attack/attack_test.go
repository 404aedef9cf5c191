package attack

import (
	"encoding/binary"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/object"
	"rex/toolchain/object/verdict"
)

// good reads an object of testdata, and what it may import.
func good(t *testing.T, name string) ([]byte, *object.Object, []string) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../testdata", name+".elf"))
	if err != nil {
		t.Fatal(err)
	}
	o, err := object.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	exports, err := object.Exports("../testdata/exports.txt")
	if err != nil {
		t.Fatal(err)
	}
	return b, o, exports
}

// As a program, each attack is refused for the rule that it breaks, and in one sentence.
func TestRules(t *testing.T) {
	b, o, exports := good(t, "hello")
	for _, a := range All {
		t.Run(a.Name, func(t *testing.T) {
			file := a.In(b, o, entry(o))
			if file == nil {
				t.Fatal("it does not fit")
			}
			v := verdict.Of(file, exports)
			if len(v.Refusals) != 1 || !strings.Contains(v.Refusals[0].Error(), a.Rule) {
				t.Errorf("%s: %v; want one refusal with %q", a.Text, v.Refusals, a.Rule)
			}
		})
	}
}

func entry(o *object.Object) object.Function {
	for _, f := range o.Functions {
		if f.Start == o.Programs[0].Entry {
			return f
		}
	}
	return object.Function{}
}

// In functions of good objects where an attack does harm and fits, it is refused: with -short in some, with REX_TEST_LONG in all.
func TestEverywhere(t *testing.T) {
	step, least := 24, 1000
	made, refused := map[string]int{}, map[string]int{} // by rule
	names := []string{"hello", "recursion", "syscount", "map_test_2", "xdp_test"}
	switch {
	case os.Getenv("REX_TEST_LONG") != "":
		step = 1
	case testing.Short():
		names, step, least = names[:1], 120, 100
	}
	for _, name := range names {
		b, o, exports := good(t, name)
		for n, f := range o.Functions {
			if n%step != 0 {
				continue
			}
			for _, a := range All {
				if a.Where != Anywhere {
					continue
				}
				file := a.In(b, o, f)
				if file == nil {
					continue
				}
				made[a.Rule]++
				if v := verdict.Of(file, exports); len(v.Refusals) > 0 {
					refused[a.Rule]++
				} else {
					t.Errorf("accepted in function %s of %s: %s", f.Name, name, a.String())
				}
			}
		}
	}
	all := 0
	for _, rule := range slices.Sorted(maps.Keys(made)) {
		t.Logf("%5d of %5d refused: %s", refused[rule], made[rule], rule)
		all += made[rule]
	}
	if all < least {
		t.Errorf("%d attacks; is that all?", all)
	}
}

// Imports of another kind: what the table of names allows is not all that counts.
func TestImports(t *testing.T) {
	b, o, exports := good(t, "hello")
	const name, slot = "rex_smp_processor_id", 0x3e98
	f := entry(o)
	tests := map[string]struct{ other, code, want string }{
		"data":                      {"jiffies_64", "", "it calls jiffies_64, which is a variable of the kernel"},
		"what takes more":           {"bpf_map_lookup_elem", "", "argument 2 of bpf_map_lookup_elem, in rsi, is what rsi held before"},
		"no map":                    {"bpf_map_lookup_elem", "\x31\xff\x48\x89\xe6", "argument 1 of bpf_map_lookup_elem, in rdi, is nothing that the kernel gave"},   // xor edi, edi; mov rsi, rsp
		"a map in the frame":        {"bpf_map_lookup_elem", "\x48\x89\xe7", "nothing that the kernel gave"},                                                         // mov rdi, rsp
		"no key":                    {"bpf_map_lookup_elem", "\x31\xf6", "the address of nothing"},                                                                   // xor esi, esi
		"a key above the frame":     {"bpf_map_lookup_elem", "\x48\x8d\x74\x24\x28", "the address of the function's return address"},                                 // lea rsi, [rsp+40]
		"an element above it":       {"bpf_map_pop_elem", "\x48\x8d\x74\x24\x20", "where saved registers and the return address are"},                                // lea rsi, [rsp+32]
		"text that fits":            {"bpf_snprintf", text("\xbe\x20\x00\x00\x00"), ""},                                                                              // mov esi, 32
		"text over saved registers": {"bpf_snprintf", text("\xbe\x21\x00\x00\x00"), "argument 1 of bpf_snprintf, in rdi, is memory of the frame that ends above it"}, // mov esi, 33
		"text of some length":       {"bpf_snprintf", text("\x8b\x37"), "of a length that is not known"},                                                             // mov esi, [rdi]
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			renamed := []byte(strings.Replace(string(b), name, test.other+strings.Repeat("\x00", len(name)-len(test.other)), 1))
			code := "\x55\x48\x83\xec\x20" + test.code + "\xff\x15" // push rbp; sub rsp, 32; ...; call [rip+slot]
			code = string(binary.LittleEndian.AppendUint32([]byte(code), uint32(slot-(f.Start+4+uint64(len(code))+4)))) + "\x48\x83\xc4\x20\x5d\xc3"
			file := (&Attack{Code: code}).In(renamed, o, f)
			if file == nil {
				t.Fatal("it does not fit")
			}
			v := verdict.Of(file, exports)
			if test.want == "" && len(v.Refusals) == 0 {
				return
			}
			if len(v.Refusals) != 1 || test.want == "" || !strings.Contains(v.Refusals[0].Error(), test.want) {
				t.Errorf("%v; want one refusal with %q", v.Refusals, test.want)
			}
		})
	}
}

// text are the arguments of bpf_snprintf, given code that leaves the length in esi.
func text(length string) string {
	return length + "\x48\x89\xe7\x48\x89\xfa\x48\x89\xf9\x41\xb8\x08\x00\x00\x00" // mov rdi, rsp; mov rdx, rdi; mov rcx, rdi; mov r8d, 8
}

// The records of .maps are the kernel's to believe: nothing writes there.
func TestMaps(t *testing.T) {
	b, o, exports := good(t, "recursion")
	var maps, got uint64
	for _, s := range o.Sections {
		if s.Name == ".maps" {
			maps = s.Start
		}
	}
	for _, r := range o.Relocations() {
		if r.Target == maps {
			got = r.Offset
		}
	}
	if maps == 0 {
		t.Fatal("no maps")
	}
	f := entry(o)
	rel := func(to uint64, end int) string {
		d := uint32(to - (f.Start + 4 + uint64(end)))
		return string([]byte{byte(d), byte(d >> 8), byte(d >> 16), byte(d >> 24)})
	}
	tests := map[string]string{
		"directly":            "\x48\x89\x3d" + rel(maps+24, 7) + "\xc3",                           // mov [rip + maps + 24], rdi
		"through a register":  "\x48\x8d\x05" + rel(maps, 7) + "\x48\x89\x78\x18\xc3",              // lea rax; mov [rax + 24], rdi
		"by an index":         "\x48\x8b\x0f\x48\x8d\x05" + rel(maps, 10) + "\x48\x89\x3c\x08\xc3", // mov rcx, [rdi]; lea rax; mov [rax + rcx], rdi
		"by a string store":   "\x31\xc0\x48\x8d\x3d" + rel(maps, 9) + "\x48\xab\xc3",              // xor eax, eax; lea rdi; stosq
		"by a long one":       "\x48\x8b\x0f\x48\x8d\x3d" + rel(maps, 10) + "\xf3\xaa\xc3",         // mov rcx, [rdi]; lea rdi; rep stosb
		"the size of a value": "\xc7\x05" + rel(maps+8, 10) + "\x00\x10\x00\x00\xc3",               // mov dword [rip + maps + 8], 4096
	}
	if got != 0 {
		tests["through the image's pointer"] = "\x48\x8b\x05" + rel(got, 7) + "\x48\x89\x78\x18\xc3" // mov rax, [rip + got]; mov [rax + 24], rdi
	}
	for name, code := range tests {
		t.Run(name, func(t *testing.T) {
			a := Attack{Code: code}
			v := verdict.Of(a.In(b, o, f), exports)
			if len(v.Refusals) == 0 || !strings.Contains(v.Refusals[0].Error(), "in a record of .maps, which the kernel believes") {
				t.Errorf("%v", v.Refusals)
			}
		})
	}
}

// The object's own functions that copy memory get no more of the frame than there is, as far as that shows.
func TestMemory(t *testing.T) {
	b, o, exports := good(t, "hello")
	f, memcpy := entry(o), object.Function{}
	for _, g := range o.Functions {
		if g.Name == "memcpy" {
			memcpy = g
		}
	}
	for what, test := range map[string]struct {
		arguments string
		want      string
	}{
		"all of it":            {"\x48\x89\xe7\x48\x89\xe6\xba\x20\x00\x00\x00", ""},                                                                        // mov rdi, rsp; mov rsi, rsp; mov edx, 32
		"a saved register":     {"\x48\x89\xe7\x48\x89\xe6\xba\x21\x00\x00\x00", "argument 1 of memcpy, in rdi, is memory of the frame that ends above it"}, // mov edx, 33
		"what is above, read":  {"\x48\x89\xe6\xba\x30\x00\x00\x00", "argument 2 of memcpy, in rsi, is memory of the frame that ends above it"},             // mov rsi, rsp; mov edx, 48
		"of a length unknown":  {"\x48\x89\xe7\x48\x89\xe6\x8b\x17", ""},                                                                                    // mov edx, [rdi]
		"a slot in the middle": {"\x48\x8d\x7c\x24\x18\x48\x89\xe6\xba\x10\x00\x00\x00", "argument 1 of memcpy"},                                            // lea rdi, [rsp+24]; mov edx, 16
	} {
		t.Run(what, func(t *testing.T) {
			code := "\x55\x48\x83\xec\x20" + test.arguments + "\xe8" // push rbp; sub rsp, 32; ...; call
			code = string(binary.LittleEndian.AppendUint32([]byte(code), uint32(memcpy.Start-(f.Start+4+uint64(len(code))+4)))) + "\x48\x83\xc4\x20\x5d\xc3"
			v := verdict.Of((&Attack{Code: code}).In(b, o, f), exports)
			if test.want == "" && len(v.Refusals) == 0 {
				return
			}
			if len(v.Refusals) != 1 || test.want == "" || !strings.Contains(v.Refusals[0].Error(), test.want) {
				t.Errorf("%v; want one refusal with %q", v.Refusals, test.want)
			}
		})
	}
}

// What is called through a pointer gets no address above the frame: it may write there.
func TestIndirect(t *testing.T) {
	b, o, exports := good(t, "hello")
	for _, f := range o.Functions {
		at, _ := o.Offset(f.Start)
		n := strings.Index(string(b[at:at+f.End-f.Start]), "\x48\x8d\x75") // lea rsi, [rbp - a slot]
		if f.Name != "core::fmt::write" || n < 0 {
			continue
		}
		b[int(at)+n+3] = 1
		if v := verdict.Of(b, exports); len(v.Refusals) != 1 || !strings.Contains(v.Refusals[0].Error(), "argument 2, in rsi, is the address of a register that the function saved") {
			t.Errorf("%v", v.Refusals)
		}
		return
	}
	t.Error("hello has no core::fmt::write as this test knows it")
}

// A function of the kernel's leaves its result in rax, and nothing in other registers.
func TestResult(t *testing.T) {
	b, o, exports := good(t, "hello")
	const slot = 0x3e98 // of rex_smp_processor_id
	f := entry(o)
	for load, want := range map[string]string{"\x48\x8b\x00": "", "\x48\x8b\x02": "what rdx held before", "\x48\x8b\x01": "what rcx held before"} { // mov rax, [rax], [rdx], [rcx]
		code := "\x55\x48\x83\xec\x20\xff\x15" // push rbp; sub rsp, 32; call [rip+slot]
		code = string(binary.LittleEndian.AppendUint32([]byte(code), uint32(slot-(f.Start+4+uint64(len(code))+4)))) + load + "\x48\x83\xc4\x20\x5d\xc3"
		v := verdict.Of((&Attack{Code: code}).In(b, o, f), exports)
		if want == "" && len(v.Refusals) > 0 || want != "" && (len(v.Refusals) != 1 || !strings.Contains(v.Refusals[0].Error(), want)) {
			t.Errorf("%x: %v; want %q", load, v.Refusals, want)
		}
	}
}
