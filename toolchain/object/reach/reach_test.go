package reach_test

import (
	"bytes"
	"debug/elf"
	"os"
	"slices"
	"testing"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
	"rex/toolchain/object/inspection"
	"rex/toolchain/object/reach"
)

func read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../testdata/" + name + ".elf")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEachProgramReachesItsOwnImports(t *testing.T) {
	// The kernel's tests have programs of all types.
	r := inspection.Bytes(read(t, "suite"), inspection.Kernel{})
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}
	imports := map[string][]string{}
	for _, p := range r.Programs {
		imports[p.Name] = p.Imports
	}
	for _, c := range []struct {
		program, name string
		want          bool
	}{
		{"again", "bpf_clone_redirect", true},
		{"misuse", "bpf_clone_redirect", false},
		{"misuse", "bpf_task_from_pid", true},
		{"empty", "bpf_task_from_pid", false},
		{"sampled", "bpf_get_stackid_pe", true},
		{"again", "bpf_get_stackid_pe", false},
		{"xdp_values", "bpf_xdp_adjust_tail", true},
		{"tc_values", "bpf_xdp_adjust_tail", false},
		// Any program may be ended.
		{"empty", "rex_landingpad", true},
	} {
		if imports[c.program] == nil {
			t.Errorf("no program %s", c.program)
		}
		if got := slices.Contains(imports[c.program], c.name); got != c.want {
			t.Errorf("%s reaches %s: %v", c.program, c.name, got)
		}
	}
}

func TestLeavesNeedNoStackOfTheirOwn(t *testing.T) {
	r := inspection.Bytes(read(t, "suite"), inspection.Kernel{})
	leaves := map[string]bool{}
	for _, p := range r.Programs {
		leaves[p.Name] = p.Leaf
	}
	for name, want := range map[string]bool{"empty": true, "misuse": false, "again": false, "xdp_values": false} {
		if got, ok := leaves[name]; !ok || got != want {
			t.Errorf("%s is a leaf: %v", name, got)
		}
	}
}

// A leaf does not have the watchdog, the fault handler or the panic's way out, so each of these must take that from it.
func TestWhatIsNoLeaf(t *testing.T) {
	const endbr, ret = "\xf3\x0f\x1e\xfa", "\xc3"
	for name, c := range map[string]struct {
		code string
		leaf bool
	}{
		"nothing":                  {endbr + "\x31\xc0" + ret, true},
		"a frame":                  {endbr + "\x48\x83\xec\x18\x48\xc7\x04\x24\x00\x00\x00\x00\x48\x83\xc4\x18\x31\xc0" + ret, true},
		"forward":                  {endbr + "\x31\xc0\x85\xff\x74\x02\xff\xc0" + ret, true},
		"no endbr64":               {"\x31\xc0" + ret, false},
		"a loop":                   {endbr + "\x31\xc0\xff\xc0\x85\xc0\x75\xfa" + ret, false},
		"a loop of one":            {endbr + "\x31\xc0\xeb\xfe", false},
		"the context":              {endbr + "\x8b\x07" + ret, false},
		"a division":               {endbr + "\x31\xc0\x31\xd2\xb9\x03\x00\x00\x00\xf7\xf1" + ret, false},
		"a string":                 {endbr + "\x31\xc0\xa4" + ret, false},
		"a large frame":            {endbr + "\x48\x81\xec\x88\x00\x00\x00\x48\x81\xc4\x88\x00\x00\x00\x31\xc0" + ret, false},
		"a slot by an index":       {endbr + "\x48\x83\xec\x18\x8b\x04\x3c\x48\x83\xc4\x18" + ret, false},
		"memory by a number":       {endbr + "\x31\xc0\x8b\x00" + ret, false},
		"a call":                   {endbr + "\xe8\x00\x00\x00\x00" + ret, false},
		"a call through a pointer": {endbr + "\xff\xd7" + ret, false},
	} {
		const start = 0x1000
		size := uint64(len(c.code))
		o := &object.Object{
			Segments:  []object.Segment{{Start: start, End: start + size, Flags: elf.PF_R | elf.PF_X, Data: []byte(c.code)}},
			Functions: []object.Function{{Name: "f", Start: start, End: start + size}},
			Programs:  []object.Program{{Name: "f", Entry: start}},
		}
		programs, err := reach.Programs(flow.New(code.Sweep(o)))
		if err != nil || len(programs) != 1 || programs[0].Leaf != c.leaf {
			t.Errorf("%s: %v, %+v", name, err, programs)
		}
	}
}

func TestTheTableIsHeldAgainstTheCode(t *testing.T) {
	b := read(t, "syscount")
	r := inspection.Bytes(b, inspection.Kernel{})
	whole := slices.Concat(b, r.Reach)
	if err := inspection.Bytes(whole, inspection.Kernel{}).Err(); err != nil {
		t.Errorf("with its table: %v", err)
	}
	content, table, err := reach.Split(whole)
	if err != nil || !bytes.Equal(content, b) || !bytes.Equal(table, r.Reach) {
		t.Errorf("Split: %v", err)
	}
	for at := range r.Reach {
		mutant := slices.Clone(whole)
		mutant[len(b)+at] ^= 1
		got := inspection.Bytes(mutant, inspection.Kernel{})
		// Without its magic word it is no table, and the object is what it is without one.
		if _, table, err := reach.Split(mutant); (table != nil || err != nil) && got.Accepted {
			t.Fatalf("byte %d of the table changed, and the object was accepted", at)
		}
	}
}
