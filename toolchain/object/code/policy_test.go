package code

import (
	"strings"
	"testing"
)

func TestPolicy(t *testing.T) {
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
		{"bit anywhere", "\x48\x0f\xab\x08", "anywhere"},
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
		{"ud2", "\x0f\x0b", "trap"},
		{"cpuid", "\x0f\xa2", "helpers do"},
		{"rdtsc", "\x0f\x31", "helpers do"},
		{"xgetbv", "\x0f\x01\xd0", "helpers do"},
		{"far jump", "\x48\xff\x28", "another segment"},
		{"far return", "\xcb", "another segment"},
		{"popcnt", "\xf3\x48\x0f\xb8\xc0", "not every"},
		{"control register", "\x0f\x22\xd8", "no general purpose register"},
		{"debug register", "\x0f\x23\xf8", "no general purpose register"},
		{"segment register", "\x8e\xd8", "no general purpose register"},
		{"sse", "\x0f\x28\xc1", "not save"},
		{"mmx", "\x0f\x6f\xc1", "not save"},
		{"x87", "\xd9\xe8", "not save"},
		{"x87 load", "\xdd\x00", "not save"},
		{"sse store", "\x66\x0f\xd6\x00", "not save"},
		{"fxsave", "\x0f\xae\x00", "not save"},
		{"ldmxcsr", "\x0f\xae\x10", "not among"},
		{"fs", "\x64\x48\x8b\x00", "segment register"},
		{"gs", "\x65\x48\x8b\x00", "segment register"},
		{"notrack", "\x3e\xff\xe0", "segment register"},
		{"fixed address", "\x48\x8b\x04\x25\x00\x10\x00\x00", "fixed address"},
		{"moffs", "\xa0\x01\x02\x03\x04\x05\x06\x07\x08", "fixed address"},
		{"addresses of 32 bits", "\x67\x8b\x00", "32 bits"},
		{"return of 16 bits", "\x66\xc3", "operand size"},
		{"jump of 16 bits", "\x66\xe9\x00\x00\x00\x00", "operand size"},
		{"return that pops", "\xc2\x08\x00", "arguments"},
		{"locked load", "\xf0\x48\x8b\x00", "locked"},
		{"locked register", "\xf0\x48\x01\xc0", "locked"},
		{"repeated return", "\xf3\xc3", "repeated"},
		{"repeated long nop", "\xf3\x0f\x1f\x00", "repeated"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			inst, err := Decode([]byte(test.bytes), 0x1000)
			if err != nil {
				t.Fatal(err)
			}
			if inst.Len != len(test.bytes) {
				t.Errorf("%s: %d bytes, want %d", inst, inst.Len, len(test.bytes))
			}
			if why := inst.Fault(); test.want == "" && why != "" || !strings.Contains(why, test.want) {
				t.Errorf("%s: fault %q; want %q", inst, why, test.want)
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
		if inst.Len <= 0 || inst.Len > len(b) || inst.Len > 15 {
			t.Fatalf("%s: %d bytes", inst, inst.Len)
		}
		inst.Fault()
		inst.Writes()
		inst.Target()
		inst.Relative()
	})
}
