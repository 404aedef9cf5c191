package inspection

import (
	"strings"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// mutateStack changes frames, checks of the stack pointer, and what is promised about them.
func (s *specimen) mutateStack() {
	s.mutateNote()
	last := &code.Inst{}
	framed := false // rbp points into the frame of the function
	s.instructions(func(f *flow.Function, i *code.Inst) bool {
		if i.Addr == f.Start {
			framed = false
		}
		s.mutateFrame(f, i)
		s.mutateCheck(f, last, i)
		if framed && i.Len() >= 4 && i.Addr%5 == 0 && !s.leaves(i) {
			s.mutate("return addresses stay", "mov [rbp+8], rax", s.at(i.Addr), filled("\x48\x89\x45\x08", i.Len())...)
		}
		if i.Len() >= 5 && i.Addr%7 == 0 && !s.leaves(i) {
			s.mutate("nothing is below the stack pointer", "mov [rsp-8], rax", s.at(i.Addr), filled("\x48\x89\x44\x24\xf8", i.Len())...)
		}
		if i.Len() >= 3 && i.Addr%11 == 0 {
			s.mutate("the stack pointer can be followed", "mov rsp, r11", s.at(i.Addr), filled("\x4c\x89\xdc", i.Len())...)
		}
		if i.Op == "mov" && i.Args[0].Reg == code.RBP && i.Args[1].Reg == code.RSP {
			framed = true
		}
		if i.Op == "pop" {
			framed = false
		}
		last = i
		return true
	})
}

// leaves tells whether an instruction is one by which control or the frame is left.
func (s *specimen) leaves(i *code.Inst) bool {
	return i.Jumps() || i.Op == "jmp" || i.Op == "ret" || i.Op == "pop"
}

func (s *specimen) mutateNote() {
	note := s.elf.Section(".note.rex")
	for n, bad := range map[uint64][]byte{0: {0, 3, 5}, 4: {0, 4, 9, 16}, 8: {0, 2, 3}, 12: {'r', 'X'}, 13: {'E'}, 14: {'X'}, 15: {'x'}, 16: {2, 3, 255}, 17: {1}, 18: {1}, 19: {0x80}} {
		for _, b := range bad {
			s.mutate("the note is what it must be", "changed note", note.Offset+n, b)
		}
	}
	promise := s.graph.Text.Object.Note.Promise
	deep, most := int64(0), uint32(0x4000)
	if promise == object.Frame {
		most = 0x1000
		for _, f := range s.graph.Functions {
			deep = max(deep, f.Frame)
		}
		s.mutate32("a depth is promised of what has one", "promise of a depth", note.Offset+16, 0)
	} else {
		for _, p := range Bytes(s.file, kernel(s.t)).Programs {
			deep = max(deep, p.Depth)
		}
	}
	for _, n := range []uint32{0, 8, uint32(deep) / 2, uint32(deep) - 8, uint32(deep) - 1} {
		s.mutate32("a promise holds", "too small a promise", note.Offset+20, n)
	}
	for _, n := range []uint32{most + 1, most + 8, 2 * most, 1 << 16, 1 << 31, 0xffffffff} {
		s.mutate32("a promise is within the stack", "too large a promise", note.Offset+20, n)
	}
	for n, h := range s.elf.Sections {
		if h.Name == ".note.rex" {
			at := headers(s.file) + uint64(n)*64
			s.mutate32("there is a note", "no name of a section", at, 0)
			s.mutate32("there is a note", "another type of section", at+4, 1)
			s.mutate64("there is a note", "cut note", at+32, 20)
		}
	}
}

// headers is where in a file the headers of sections are.
func headers(b []byte) uint64 {
	var v uint64
	for n := range 8 {
		v |= uint64(b[40+n]) << (8 * n)
	}
	return v
}

// mutateFrame changes an instruction that makes or takes away a frame.
func (s *specimen) mutateFrame(f *flow.Function, i *code.Inst) {
	reg, isReg := i.Args[0].Reg, i.Args[0].Kind == code.InReg
	imm, isImm := i.Args[1].Value, i.Args[1].Kind == code.Number
	at := s.at(i.Addr)
	const balance = "callers find the stack pointer and their registers as they left them"
	switch {
	case (i.Op == "sub" || i.Op == "add") && isReg && reg == code.RSP && isImm:
		if f.Returns {
			for _, d := range []int8{8, 16, -8, 1} {
				s.mutate(balance, "another frame", at+3, byte(int8(imm)+d))
			}
		}
		if i.Op == "sub" && i.Len() == 7 {
			for _, n := range []uint32{0x1008, 0x4000, 0x8000, 0x7ffffff8} {
				s.mutate32("frames are within the stack", "large frame", at+3, n)
			}
		}
		s.mutate("the stack pointer can be followed", "dynamic frame", at, filled("\x48\x29\xc4", i.Len())...)
	case i.Op == "push" && f.Returns:
		s.mutate(balance, "no push", at, filled("", i.Len())...)
	case i.Op == "pop" && reg != code.RBP:
		s.mutate(balance, "no pop", at, filled("", i.Len())...)
		// Another register that is given back, or the one that is not.
		other := byte(5) // rbp, or r13
		if i.Len() == 2 && reg == code.R13 {
			other = 6
		}
		s.mutate(balance, "pop of another register", at+uint64(i.Len())-1, 0x58+other)
	case i.Op == "pop":
		s.mutate(balance, "pop of another register", at, 0x5b)
	case i.Op == "leave":
		s.mutate(balance, "no leave", at, 0x90)
	}
}

// mutateCheck takes away or weakens a look at the stack pointer, in functions that may go as deep as they like.
func (s *specimen) mutateCheck(f *flow.Function, before, i *code.Inst) {
	if !s.needsCheck(f) {
		return
	}
	const property = "functions that go deep look at the stack pointer"
	at := s.at(i.Addr)
	text := i.String()
	switch {
	case i.Op == "movzx" && strings.HasSuffix(text, ", sp"):
		s.mutate(property, "look at another register", at+uint64(i.Len())-1, s.file[at+uint64(i.Len())-1]&^7)
	case i.Op == "cmp" && before.Op == "movzx" && strings.HasSuffix(before.String(), ", sp"):
		for _, limit := range []uint32{0, 0xfff, 0x3ffe, 0x1fff} {
			s.mutate32(property, "lower limit", at+uint64(i.Len())-4, limit)
		}
	case i.Op == "jbe" && before.Op == "cmp" && strings.Contains(before.String(), ", 0x3fff"):
		op := uint64(0)
		if i.Len() == 6 {
			op = 1
		}
		for _, other := range []byte{7, 3, 4, 8} { // ja, jae, je, js
			s.mutate(property, "another condition", at+op, s.file[at+op]&0xf0|other)
		}
	case i.Op == "call":
		target, ok := i.Target()
		if to := s.graph.Text.Starting(target); ok && to != nil && to.Name == flow.CheckStack {
			for _, g := range s.graph.Text.Functions {
				if g.Name == "memcpy" || strings.Contains(g.Name, "write_str") {
					s.mutate32(property, "call of "+g.Name+" in place of the check", at+1, uint32(g.Start-i.Next()))
				}
			}
			s.mutate(property, "no call", at, filled("", i.Len())...)
		}
	}
}

// needsCheck tells whether f calls itself or through pointers, and must look at the stack pointer.
func (s *specimen) needsCheck(f *flow.Function) bool {
	if f.Name == "rust_begin_unwind" {
		return false
	}
	for _, c := range f.Calls {
		if c.Indirect || c.To == f.Function {
			return true
		}
	}
	return false
}
