package code

import (
	"strings"
	"testing"
)

func TestForms(t *testing.T) {
	tests := []struct {
		name  string
		bytes string
		want  string // a part of the fault; empty: allowed
	}{
		{"endbr64", "\xf3\x0f\x1e\xfa", ""},
		{"long nop", "\x66\x66\x2e\x0f\x1f\x84\x00\x00\x00\x00\x00", ""},
		{"locked compare and exchange", "\xf0\x0f\xb0\x93\x00\x80\x00\x00", ""},
		{"fence", "\x0f\xae\xf0", ""},
		{"fence on the stack", "\xf0\x83\x0c\x24\x00", ""},
		{"repeated move", "\xf3\x48\xa5", ""},
		{"count of zeros", "\xf3\x48\x0f\xbc\xc0", ""},
		{"padded call", "\x67\xe8\x01\x02\x03\x04", ""},
		{"pause", "\xf3\x90", ""},
		{"short nop", "\x66\x90", ""},
		{"bit of a register", "\x48\x0f\xa3\xc8", ""},
		{"bit of memory", "\x48\x0f\xba\x20\x05", ""},
		{"bit anywhere", "\x48\x0f\xab\x08", "in memory"},
		{"exchange like a nop", "\x66\x41\x90", ""},
		{"out", "\xee", "input or output"},
		{"in", "\xe4\x60", "input or output"},
		{"string to port", "\x6e", "input or output"},
		{"wrmsr", "\x0f\x30", "processor works"},
		{"rdmsr", "\x0f\x32", "processor works"},
		{"cli", "\xfa", "processor works"},
		{"sti", "\xfb", "processor works"},
		{"hlt", "\xf4", "processor works"},
		{"swapgs", "\x0f\x01\xf8", "processor works"},
		{"lgdt", "\x0f\x01\x10", "processor works"},
		{"popf", "\x9d", "processor works"},
		{"std", "\xfd", ""},
		{"cld", "\xfc", ""},
		{"invlpg", "\x0f\x01\x38", "processor works"},
		{"syscall", "\x0f\x05", "leaves the kernel"},
		{"sysenter", "\x0f\x34", "leaves the kernel"},
		{"int 0x80", "\xcd\x80", "leaves the kernel"},
		{"iretq", "\x48\xcf", "leaves the kernel"},
		{"int3", "\xcc", "trap"},
		{"ud1", "\x0f\xb9\xc0", "trap"},
		{"cpuid", "\x0f\xa2", "helpers do"},
		{"rdtsc", "\x0f\x31", "helpers do"},
		{"xgetbv", "\x0f\x01\xd0", "processor works"},
		{"far jump", "\x48\xff\x28", "another segment"},
		{"far return", "\xcb", "another segment"},
		{"popcnt", "\xf3\x48\x0f\xb8\xc0", "not every"},
		{"fence of 16 bits", "\x66\x0f\xae\xf8", "prefix 66"},
		{"tpause", "\x66\x0f\xae\xf0", "prefix 66"},
		{"umwait", "\xf2\x0f\xae\xf0", "prefix f2"},
		{"umonitor", "\xf3\x0f\xae\xf0", "prefix f3"},
		{"other registers of a fence", "\x0f\xae\xf1", "no form"},
		{"fence with REX", "\x48\x0f\xae\xf0", "REX"},
		{"lzcnt", "\xf3\x0f\xbd\xc0", "prefix f3"},
		{"push with REX.W", "\x48\x50", "REX"},
		{"empty REX", "\x40\x89\xc0", "REX"},
		{"empty REX for sil", "\x40\x88\xf0", ""},
		{"REX.X without an index", "\x42\x8b\x00", "REX"},
		{"REX.B of a jump", "\x41\xeb\x00", "REX"},
		{"both sizes", "\x66\x48\x89\xc0", "prefix 66"},
		{"byte of 16 bits", "\x66\x88\xc0", "prefix 66"},
		{"two of one prefix", "\x66\x66\x89\xc0", "prefix 66"},
		{"repeated both ways", "\xf2\xf3\xa6", "prefix f2"},
		{"repne of a move", "\xf2\xa4", "prefix f2"},
		{"xacquire", "\xf2\xf0\x01\x00", "prefix f2"},
		{"branch hint", "\x2e\x74\x00", "prefix 2e"},
		{"alias of shl", "\xc0\xf0\x01", "no form"},
		{"alias of test", "\xf6\xc8\x01", "no form"},
		{"set with another digit", "\x0f\x94\xc8", "no form"},
		{"pop of memory", "\x8f\x00", "no form"},
		{"enter", "\xc8\x10\x00\x00", "no form"},
		{"xlat", "\xd7", "no form"},
		{"mov in the guise of movsxd", "\x63\xc0", "guise"},
		{"lea of a register", "\x48\x8d\xc0", "in memory"},
		{"control register", "\x0f\x22\xd8", "register"},
		{"debug register", "\x0f\x23\xf8", "register"},
		{"segment register", "\x8e\xd8", "register"},
		{"sse", "\x0f\x28\xc1", "not save"},
		{"mmx", "\x0f\x6f\xc1", "not save"},
		{"x87", "\xd9\xe8", "not save"},
		{"x87 load", "\xdd\x00", "not save"},
		{"sse store", "\x66\x0f\xd6\x00", "not save"},
		{"fxsave", "\x0f\xae\x00", "no form"},
		{"ldmxcsr", "\x0f\xae\x10", "no form"},
		{"fs", "\x64\x48\x8b\x00", "segment register"},
		{"gs", "\x65\x48\x8b\x00", "segment register"},
		{"notrack", "\x3e\xff\xe0", "prefix 3e"},
		{"fixed address", "\x48\x8b\x04\x25\x00\x10\x00\x00", ""},
		{"moffs", "\xa0\x01\x02\x03\x04\x05\x06\x07\x08", "fixed address"},
		{"addresses of 32 bits", "\x67\x8b\x00", "prefix 67"},
		{"return of 16 bits", "\x66\xc3", "prefix 66"},
		{"jump of 16 bits", "\x66\xe9\x00\x00\x00\x00", "prefix 66"},
		{"return that pops", "\xc2\x08\x00", "arguments"},
		{"locked load", "\xf0\x48\x8b\x00", "prefix f0"},
		{"locked register", "\xf0\x48\x01\xc0", "prefix f0"},
		{"repeated return", "\xf3\xc3", "prefix f3"},
		{"repeated long nop", "\xf3\x0f\x1f\x00", "prefix f3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inst, err := Decode([]byte(test.bytes), 0x1000)
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want == "" && inst.Len() != len(test.bytes):
				t.Errorf("%s: %d bytes, want %d", inst, inst.Len(), len(test.bytes))
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("%s: %v; want %q", inst.Op, err, test.want)
			}
		})
	}
}

func TestUnknown(t *testing.T) {
	for name, b := range map[string]string{
		"vex": "\xc5\xf8\x77", "evex": "\x62\xf1\x7c\x48\x28\xc1", "nothing": "", "cut": "\x48", "push of a segment": "\x06",
		"vex behind a prefix": "\x66\xc5\xf8\x77", "too long": strings.Repeat("\x66", 15) + "\x90",
	} {
		if inst, err := Decode([]byte(b), 0); err == nil {
			t.Errorf("%s is %s; want an error", name, inst)
		}
	}
}

// Decoded displacements are signed.
func TestRelative(t *testing.T) {
	inst, err := Decode([]byte("\x48\x8d\x05\xec\xf3\xff\xff"), 0x2b84)
	if err != nil {
		t.Fatal(err)
	}
	if addr, ok := inst.Relative(); !ok || addr != 0x1f77 {
		t.Errorf("%#x; want 0x1f77", addr)
	}
}

// Whatever the bytes are, decoding them neither panics nor leaves them.
func FuzzDecode(f *testing.F) {
	f.Add([]byte("\xf3\x0f\x1e\xfa"))
	f.Add([]byte("\xc4\xe2\x79\x00\xc0"))
	f.Add([]byte("\x62\xf1\x7c\x48\x28\xc1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		inst, err := Decode(b, 0x1000)
		if err != nil {
			return
		}
		if inst.Len() <= 0 || inst.Len() > len(b) || inst.Len() > maxLen || inst.String() == "" {
			t.Fatalf("%s: %d bytes", inst, inst.Len())
		}
		inst.Target()
		inst.Relative()
	})
}
