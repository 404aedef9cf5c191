package inspection

import (
	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// mutateFlow leads control to where it must not go.
func (s *specimen) mutateFlow() {
	s.instructions(func(f *flow.Function, i *code.Inst) bool {
		target, direct := i.Target()
		switch {
		case i.Op == "call" && direct:
			s.mutateCall(f, i)
		case direct:
			s.mutateJump(f, i, target)
		case i.Op == "call":
			// call and jmp through a register or memory differ in three bits of one byte.
			s.mutate("no jump through a pointer, and frames are given back", "jmp in place of a call", s.at(i.Addr)+modRM(i), s.file[s.at(i.Addr)+modRM(i)]+0x10)
		case i.Op == "ret" && i.Next() == f.End:
			s.mutate("control stays in its function", "no ret", s.at(i.Addr), 0x90)
		}
		return true
	})
	for _, f := range s.graph.Text.Functions {
		if f.Endbr64 && s.needsEndbr64(f) {
			s.mutate("pointers lead to endbr64", "another nop", s.at(f.Start), 0x0f, 0x1f, 0x40, 0x00)
		}
	}
}

// modRM is where the byte behind the operation is, in a call through a pointer.
func modRM(i *code.Inst) uint64 {
	if i.Bytes[0]&0xf0 == 0x40 {
		return 2
	}
	return 1
}

// needsEndbr64 tells whether a pointer leads to f.
func (s *specimen) needsEndbr64(f *code.Function) bool {
	for _, p := range s.graph.Text.Object.Programs {
		if p.Entry == f.Start {
			return true
		}
	}
	return f.Taken
}

func (s *specimen) mutateCall(f *flow.Function, i *code.Inst) {
	const property = "calls lead to the start of functions"
	rel := s.at(i.Addr) + uint64(i.Disp)
	for _, g := range s.graph.Text.Functions {
		// The second instruction: a good place to begin, were it not in the middle.
		second, err := s.graph.Text.At(g.Start)
		if err != nil {
			s.t.Fatal(err)
		}
		if second.Next() < g.End && (g.Start/16)%3 == 0 {
			s.mutate32(property, "call of the middle of a function", rel, uint32(second.Next()-i.Next()))
		}
	}
	s.mutateRecursion(f, i, rel)
	s.mutate32(property, "call of data", rel, uint32(s.elf.Section(".rodata").Addr-i.Next()))
	s.mutate32(property, "call of itself, but not of its start", rel, uint32(i.Addr-i.Next()))
	s.mutate32(property, "call out of the image", rel, 0x40000000)
}

// mutateRecursion makes f call one that calls it, or itself, where nothing looks at the stack pointer.
func (s *specimen) mutateRecursion(f *flow.Function, i *code.Inst, rel uint64) {
	if target, _ := i.Target(); target == f.Start {
		return
	}
	if s.graph.Text.Object.Note.Promise == object.Depth {
		for _, p := range s.graph.Text.Object.Programs {
			if s.reaches(p.Entry, f.Start) {
				s.mutate32("no recursion where a depth is promised", "call of "+p.Name, rel, uint32(p.Entry-i.Next()))
			}
		}
		return
	}
	for _, c := range f.Calls {
		if c.Inst.Addr == i.Addr && !c.Guarded && c.To.Name != flow.CheckStack {
			s.mutate32("no recursion without a look at the stack pointer", "call of itself", rel, uint32(f.Start-i.Next()))
		}
	}
}

// reaches tells whether direct calls lead from one function to another before a panic.
func (s *specimen) reaches(from, to uint64) bool {
	seen := map[uint64]bool{}
	work := []uint64{from}
	for len(work) > 0 {
		f := s.graph.Text.Starting(work[len(work)-1])
		work = work[:len(work)-1]
		if f == nil || seen[f.Start] || f.Name == "rust_begin_unwind" {
			continue
		}
		seen[f.Start] = true
		for _, c := range s.graph.Functions[f].Calls {
			if c.To != nil {
				work = append(work, c.To.Start)
			}
		}
	}
	return seen[to]
}

func (s *specimen) mutateJump(f *flow.Function, i *code.Inst, target uint64) {
	const property = "jumps lead to instructions"
	rel := s.at(i.Addr) + uint64(i.Disp)
	if i.Len()-i.Disp == 4 {
		s.mutate32(property, "jump into data", rel, uint32(s.elf.Section(".rodata").Addr-i.Next()))
	}
	made := 0
	for to := target + 1; to < f.End && made < 2; to++ {
		d := int64(to) - int64(i.Next())
		if s.graph.Text.IsInstruction(f.Function, to) {
			continue
		}
		switch {
		case i.Len()-i.Disp == 4:
			s.mutate32(property, "jump into an instruction", rel, uint32(d))
		case d >= -128 && d < 128:
			s.mutate(property, "jump into an instruction", rel, byte(d))
		default:
			return
		}
		made++
	}
}

// mutateTables changes relocations, the dynamic section and imports.
func (s *specimen) mutateTables(k Kernel) {
	s.mutateRelocations()
	dynamic := s.elf.Section(".dynamic")
	for n := uint64(0); n < dynamic.Size/16; n++ {
		tag := s.elf.ByteOrder.Uint64(s.file[dynamic.Offset+16*n:])
		switch tag {
		case 21: // DT_DEBUG: nobody uses it
			for _, bad := range []uint64{12, 13, 17, 22, 23, 25, 26, 32, 36} {
				s.mutate64("nothing runs or changes code at load", "dynamic tag", dynamic.Offset+16*n, bad)
			}
		case 9: // DT_RELAENT
			for _, bad := range []uint64{0, 16, 23, 25, 48, 1 << 40} {
				s.mutate64("relocations are what they seem", "DT_RELAENT", dynamic.Offset+16*n+8, bad)
			}
		case 7: // DT_RELA
			for _, bad := range []uint64{0xfffff0, 1 << 40, ^uint64(0)} {
				s.mutate64("relocations are in the file", "DT_RELA", dynamic.Offset+16*n+8, bad)
			}
		case 8: // DT_RELASZ
			for _, bad := range []uint64{1 << 20, 1 << 40, ^uint64(0)} {
				s.mutate64("relocations are in the file", "DT_RELASZ", dynamic.Offset+16*n+8, bad)
			}
		}
	}
	s.mutateImports(k)
}

func (s *specimen) mutateImports(k Kernel) {
	exported := map[string]bool{}
	for _, name := range k.Exports {
		exported[name] = true
	}
	strtab := s.elf.Section(".dynstr")
	names := s.file[strtab.Offset : strtab.Offset+strtab.Size]
	for _, name := range s.graph.Text.Object.Imports {
		at := index(names, name)
		for n := range name {
			for _, c := range []byte("_zQ0") {
				if other := name[:n] + string(c) + name[n+1:]; other != name && !exported[other] {
					s.mutate("imports are exported", "renamed import", strtab.Offset+uint64(at+n), c)
				}
			}
		}
	}
	// The stub library's own name becomes an import.
	dynsym := s.elf.Section(".dynsym")
	s.mutate32("imports are exported", "another import", dynsym.Offset+24, 1)
}

func index(b []byte, name string) int {
	for i := range b {
		if i+len(name) < len(b) && string(b[i:i+len(name)]) == name && b[i+len(name)] == 0 && (i == 0 || b[i-1] == 0) {
			return i
		}
	}
	return -1
}

func (s *specimen) mutateRelocations() {
	rela := s.elf.Section(".rela.dyn")
	text := s.graph.Text
	var code *object.Segment
	for i, seg := range text.Object.Segments {
		if text.Object.Executable(seg.Start) {
			code = &text.Object.Segments[i]
		}
	}
	for n := uint64(0); n < rela.Size/24; n++ {
		at := rela.Offset + 24*n
		offset := s.elf.ByteOrder.Uint64(s.file[at:])
		kind := s.elf.ByteOrder.Uint64(s.file[at+8:]) & 0xffffffff
		target := s.elf.ByteOrder.Uint64(s.file[at+16:])
		for _, bad := range []byte{0, 1, 2, 5, 7, 10, 16, 18, 37} {
			s.mutate("relocations are RELATIVE or GLOB_DAT", "type of a relocation", at+8, bad)
		}
		s.mutate64("relocations are in writable data", "relocation of code", at, code.Start)
		s.mutate64("relocations are in writable data", "relocation of .rodata", at, s.elf.Section(".rodata").Addr)
		s.mutate64("relocations are in writable data", "relocation out of the image", at, 1<<30)
		if n > 0 {
			s.mutate64("relocations do not overlap", "two of one word", at, s.elf.ByteOrder.Uint64(s.file[rela.Offset:])+4)
		} else {
			s.mutate64("relocations do not overlap", "two of one word", at, s.elf.ByteOrder.Uint64(s.file[rela.Offset+24:])+1)
		}
		if m := s.elf.Section(".maps"); m != nil {
			s.mutate64("the kernel's pointers to maps stay", "relocation of a map", at, m.Addr+24)
		}
		if kind != 8 {
			s.mutate32("relocations name symbols", "symbol that is not there", at+12, 0x00ffffff)
			continue
		}
		s.mutate64("pointers stay in the image", "pointer out of it", at+16, 1<<24)
		s.mutate64("pointers stay in the image", "negative pointer", at+16, ^uint64(0))
		for _, f := range []uint64{text.Functions[0].Start + 1, text.Functions[len(text.Functions)-1].Start + 4} {
			s.mutate64("pointers to code are starts of functions", "pointer into a function", at+16, f)
		}
		if to := text.Starting(target); to != nil {
			s.mutate64("pointers to code are starts of functions", "pointer behind a start", at+16, target+4)
		}
		_ = offset
	}
}
