package inspection

import "debug/elf"

// mutateFile changes headers, segments and symbols.
func (s *specimen) mutateFile() {
	for name, m := range map[string]struct {
		at uint64
		b  []byte
	}{
		"magic": {0, []byte{'x'}}, "class": {4, []byte{1}}, "byte order": {5, []byte{2}}, "machine": {18, []byte{0xb7, 0}}, "another machine": {18, []byte{3, 0}},
		"executable": {16, []byte{2}}, "relocatable": {16, []byte{1}}, "core": {16, []byte{4}}, "no sections": {40, make([]byte, 8)},
		"headers far away": {32, []byte{0, 0, 0, 0, 1}}, "sections far away": {40, []byte{0, 0, 0, 0, 1}}, "size of a header": {54, []byte{32}},
	} {
		s.mutate("the file is an extension's", name, m.at, m.b...)
	}
	for n := 1; n < 24; n++ {
		s.out = append(s.out, mutant{"the file is whole", s.name + ": cut", s.file[:len(s.file)*n/24]})
	}
	s.mutateSegments()
	s.mutateSymbols()
	s.mutateMaps()
}

func (s *specimen) mutateSegments() {
	first := s.elf.ByteOrder.Uint64(s.file[32:])
	const apart = "segments are in order, apart and within bounds"
	last := uint64(0)
	for n, p := range s.elf.Progs {
		at := first + uint64(n)*56
		switch p.Type {
		case elf.PT_GNU_STACK, elf.PT_GNU_EH_FRAME:
			s.mutate32("no interpreter, no TLS", "PT_INTERP", at, uint32(elf.PT_INTERP))
			s.mutate32("no interpreter, no TLS", "PT_TLS", at, uint32(elf.PT_TLS))
		case elf.PT_GNU_RELRO:
			s.mutate64("pointers to functions are read-only", "no RELRO", at+40, 0)
			s.mutate64("pointers to functions are read-only", "RELRO elsewhere", at+16, 0)
		case elf.PT_LOAD:
			if p.Flags&elf.PF_X != 0 {
				s.mutate("nothing is writable and executable", "writable code", at+4, byte(p.Flags|elf.PF_W))
				s.mutate("programs are code", "no code", at+4, byte(elf.PF_R))
			} else {
				s.mutate("nothing is writable and executable", "executable data", at+4, byte(elf.PF_R|elf.PF_W|elf.PF_X))
			}
			if p.Flags&elf.PF_W == 0 && p.Flags&elf.PF_X == 0 {
				s.mutate("code is code", "executable headers", at+4, byte(elf.PF_R|elf.PF_X))
			}
			s.mutate64("segments are in the file", "offset", at+8, 1<<40)
			s.mutate64("segments are in the file", "size in the file", at+32, 1<<40)
			s.mutate64(apart, "end far away", at+40, 1<<30)
			s.mutate64(apart, "address far away", at+16, 1<<30|p.Vaddr)
			s.mutate64(apart, "address that wraps", at+16, ^uint64(0)&^4095|p.Vaddr&4095)
			s.mutate64(apart, "address not as the offset", at+16, p.Vaddr+16)
			if p.Filesz > 0 {
				s.mutate64(apart, "smaller in memory than in the file", at+40, p.Filesz-1)
			}
			if last > 0 {
				s.mutate64(apart, "overlap", at+16, last&^4095|p.Vaddr&4095)
				s.mutate64(apart, "the same page", at+16, p.Vaddr&4095)
			}
			last = p.Vaddr
		}
	}
}

func (s *specimen) mutateSymbols() {
	symbols, err := s.elf.Symbols()
	if err != nil {
		s.t.Fatal(err)
	}
	table := s.elf.Section(".symtab")
	const property = "symbols say where functions are"
	for n, sym := range symbols {
		at := table.Offset + uint64(n+1)*24
		if elf.ST_TYPE(sym.Info) != elf.STT_FUNC || sym.Section == elf.SHN_UNDEF {
			continue
		}
		s.mutate64(property, "start in the middle", at+8, sym.Value+1)
		s.mutate64(property, "start before it", at+8, sym.Value-1)
		s.mutate64(property, "no size", at+16, 0)
		s.mutate64(property, "end in the middle", at+16, sym.Size-1)
		s.mutate64(property, "end behind it", at+16, sym.Size+1)
		s.mutate64(property, "half of it", at+16, sym.Size/2)
		s.mutate64(property, "far away", at+8, 1<<30)
		s.mutate64(property, "endless", at+16, ^uint64(0)-8)
		if sym.Name == "__rex_handle_timeout" {
			s.mutate("there is a time-out entry", "no function", at+4, byte(elf.STT_OBJECT))
			s.mutate("there is a time-out entry", "another name", at, 1)
		}
		if sym.Name == "__rex_check_stack" && s.graph.Text.Object.Note.Promise == 1 {
			s.mutate("functions that go deep look at the stack pointer", "no name of the check", at, 0, 0, 0, 0)
		}
	}
	// A program in another section is none.
	for n, sec := range s.elf.Sections {
		if len(sec.Name) > 4 && sec.Name[:4] == "rex/" {
			names := s.elf.Sections[s.elf.ByteOrder.Uint16(s.file[62:])]
			at := names.Offset + uint64(s.elf.ByteOrder.Uint32(s.file[headers(s.file)+uint64(n)*64:]))
			s.mutate("programs have a type", "unknown type", at+4, 'q')
		}
	}
}

func (s *specimen) mutateMaps() {
	section := s.elf.Section(".maps")
	if section == nil {
		return
	}
	for at := section.Offset + 24; at < section.Offset+section.Size; at += 32 {
		for n := range uint64(8) {
			s.mutate("maps come without pointers", "pointer", at+n, 1)
		}
	}
	for n, h := range s.elf.Sections {
		if h.Name == ".maps" {
			at := headers(s.file) + uint64(n)*64
			s.mutate64("maps are records", "cut records", at+32, h.Size-8)
			s.mutate64("maps are records", "one more record", at+32, h.Size+32)
			s.mutate64("maps are records", "not aligned", at+16, h.Addr+4)
			s.mutate64("maps are in writable data", "maps in code", at+16, s.graph.Text.Functions[0].Start&^7)
		}
	}
}
