package inspection

import (
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// forbidden are instructions that no extension may have.
var forbidden = []struct{ name, bytes string }{
	{"out", "\xee"}, {"out to a port", "\xe6\x80"}, {"in", "\xec"}, {"outsb", "\x6e"}, {"rep insb", "\xf3\x6c"},
	{"wrmsr", "\x0f\x30"}, {"rdmsr", "\x0f\x32"}, {"cli", "\xfa"}, {"sti", "\xfb"}, {"hlt", "\xf4"}, {"swapgs", "\x0f\x01\xf8"},
	{"mov cr3", "\x0f\x22\xd8"}, {"mov from cr0", "\x0f\x20\xc0"}, {"mov dr7", "\x0f\x23\xf8"}, {"lgdt", "\x0f\x01\x10"}, {"ltr", "\x0f\x00\xd8"},
	{"invlpg", "\x0f\x01\x38"}, {"wbinvd", "\x0f\x09"}, {"xsetbv", "\x0f\x01\xd1"}, {"popf", "\x9d"}, {"pushf", "\x9c"},
	{"syscall", "\x0f\x05"}, {"sysenter", "\x0f\x34"}, {"sysret", "\x48\x0f\x07"}, {"int 0x80", "\xcd\x80"}, {"iretq", "\x48\xcf"},
	{"int3", "\xcc"}, {"ud1", "\x0f\xb9"}, {"int1", "\xf1"}, {"cpuid", "\x0f\xa2"}, {"rdtsc", "\x0f\x31"}, {"xgetbv", "\x0f\x01\xd0"},
	{"movaps", "\x0f\x28\xc1"}, {"addss", "\xf3\x0f\x58\xc1"}, {"movq", "\x66\x48\x0f\x6e\xc0"}, {"vzeroupper", "\xc5\xf8\x77"}, {"fld1", "\xd9\xe8"}, {"emms", "\x0f\x77"},
	{"fxsave", "\x0f\xae\x00"}, {"far return", "\xcb"}, {"far jump", "\xff\x2b"}, {"mov ds", "\x8e\xd8"}, {"push fs", "\x0f\xa0"},
	{"load through gs", "\x65\x48\x8b\x00"}, {"store through fs", "\x64\x48\x89\x00"}, {"fixed address", "\x48\x8b\x04\x25\x00\x00\x00\x00"},
	{"addresses of 32 bits", "\x67\x8b\x00"}, {"enter", "\xc8\x10\x00\x00"}, {"xlat", "\xd7"}, {"popcnt", "\xf3\x0f\xb8\xc0"}, {"rdrand", "\x0f\xc7\xf0"},
	{"locked register", "\xf0\x01\xc0"}, {"no instruction", "\x06"},
}

// spread is how many of equal mutants are made, far from each other.
const spread = 12

// mutateCode puts instructions that are not allowed in place of others.
func (s *specimen) mutateCode() {
	for _, bad := range forbidden {
		var fits []*code.Inst
		s.instructions(func(_ *flow.Function, i *code.Inst) bool {
			if i.Len() >= len(bad.bytes) {
				fits = append(fits, i)
			}
			return true
		})
		for n := range min(spread, len(fits)) {
			i := fits[n*len(fits)/min(spread, len(fits))]
			s.mutate("only allowed instructions", bad.name, s.at(i.Addr), filled(bad.bytes, i.Len())...)
		}
	}
	s.instructions(func(f *flow.Function, i *code.Inst) bool {
		s.mutateOperand(f, i)
		return true
	})
	for _, seg := range s.graph.Text.Object.Segments {
		if !s.graph.Text.Object.Executable(seg.Start) {
			continue
		}
		// A byte of padding is no place for code.
		for n, last := 0, seg.Start; n+1 < len(s.graph.Text.Functions); n++ {
			if f := s.graph.Text.Functions[n]; f.End < s.graph.Text.Functions[n+1].Start && f.End != last {
				s.mutate("nothing but padding between functions", "code in padding", s.at(f.End), 0xc3)
				last = f.End
			}
		}
	}
}

// filled is an instruction, and one-byte nops up to a length.
func filled(b string, n int) []byte {
	out := []byte(b)
	for len(out) < n {
		out = append(out, 0x90)
	}
	return out
}

// mutateOperand changes what an instruction does with an address relative to it.
func (s *specimen) mutateOperand(f *flow.Function, i *code.Inst) {
	addr, relative := i.Relative()
	if !relative || i.Op == "nop" {
		return
	}
	text := s.graph.Text
	disp := s.at(i.Addr) + uint64(i.Disp)
	into := f.Start + 1 // no function starts there
	if i.Op == "lea" {
		s.mutate32("addresses of code are starts of functions", "lea of the middle of a function", disp, uint32(into-i.Next()))
		if i.Len() == 7 && !text.Object.Writable(addr, 8) {
			// lea reg, [rip + x] and mov [rip + x], reg differ in the operation only.
			s.mutate("read-only data is not written", "store", s.at(i.Addr)+1, 0x89)
		}
		return
	}
	s.mutate32("data is not read from code", "read of code", disp, uint32(into-i.Next()))
	s.mutate32("memory is in the image", "read far away", disp, 0x7f000000)
	if i.Memory().Written {
		s.mutate32("read-only data is not written", "write to code", disp, uint32(into-i.Next()))
		if ro := s.elf.Section(".rodata"); ro != nil {
			s.mutate32("read-only data is not written", "write to .rodata", disp, uint32(ro.Addr-i.Next()))
		}
		if got := s.elf.Section(".got"); got != nil {
			s.mutate32("read-only data is not written", "write to the GOT", disp, uint32(got.Addr-i.Next()))
		}
	}
}
