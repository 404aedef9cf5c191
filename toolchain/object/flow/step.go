package flow

import (
	"math/bits"

	"golang.org/x/arch/x86/x86asm"

	"rex/toolchain/object/code"
)

// step changes the state as an instruction does that goes on to the next one.
func (w *walk) step(inst code.Inst, s *state) {
	dst, isReg := inst.Args[0].(x86asm.Reg)
	r, size := number(dst)
	if !isReg {
		r, size = -1, 0
	}
	sp := &s.regs[rsp]
	switch inst.Op {
	case x86asm.PUSH:
		v := value{}
		if isReg && size == 8 {
			v = s.regs[r]
		}
		if inst.DataSize == 16 {
			w.refuse(inst, "it moves the stack pointer by 2 bytes")
			return
		}
		sp.off -= 8
		s.store(*sp, 8, v)
		return
	case x86asm.POP:
		v := s.load(*sp)
		if r == rsp || size != 8 {
			w.refuse(inst, "it takes something else than a register off the stack")
			return
		}
		up := *sp
		up.off += 8
		w.set(inst, s, rsp, up)
		s.regs[r] = v
		return
	case x86asm.LEAVE:
		frame := s.regs[rbp]
		if frame.kind != stack && frame.kind != aligned || inst.DataSize == 16 {
			w.refuse(inst, "rbp does not point into the frame")
			return
		}
		s.regs[rbp] = s.load(frame)
		frame.off += 8
		w.set(inst, s, rsp, frame)
		return
	case x86asm.CMP, x86asm.TEST:
		s.compare(inst)
		return
	case x86asm.STD, x86asm.CLD:
		s.down = inst.Op == x86asm.STD
		return
	case x86asm.NOP:
		return
	}
	if changesFlags(inst) {
		s.flags = comparison{}
	}
	if m, ok := inst.Args[0].(x86asm.Mem); ok && inst.Op == x86asm.MOV {
		if at, known := address(m, s); known {
			s.store(at, int64(inst.MemBytes), w.source(inst, s))
		}
	} else if r >= 0 && inst.Writes() {
		v := value{}
		if size >= 4 {
			v = w.result(inst, r, size, s)
		}
		w.set(inst, s, r, v)
	} else if ok && inst.Writes() {
		if at, known := address(m, s); known {
			s.store(at, int64(inst.MemBytes), value{})
		}
	}
	for _, r := range clobbers(inst) {
		w.set(inst, s, r, value{})
	}
}

// set changes a register. The stack pointer must not become something unknown, and must not rise above the entry.
func (w *walk) set(inst code.Inst, s *state, r int, v value) {
	if r == rsp && (v.kind != stack && v.kind != aligned || v.off > 0) {
		w.refuse(inst, "the stack pointer cannot be followed behind it")
		return
	}
	s.regs[r] = v
	if r == rsp {
		s.release()
	}
}

// source is what the second operand of an instruction holds.
func (w *walk) source(inst code.Inst, s *state) value {
	if reg, ok := inst.Args[1].(x86asm.Reg); ok {
		if r, size := number(reg); size == 8 {
			return s.regs[r]
		}
	}
	return value{}
}

// result is what an instruction leaves in its destination, register r, of which it writes size bytes.
func (w *walk) result(inst code.Inst, r, size int, s *state) value {
	old := s.regs[r]
	imm, isImm := inst.Args[1].(x86asm.Imm)
	switch inst.Op {
	case x86asm.MOV, x86asm.MOVZX:
		switch a := inst.Args[1].(type) {
		case x86asm.Reg:
			from, n := number(a)
			if n == 8 {
				return s.regs[from]
			}
			if from == rsp && n == 4 {
				return mask(s.regs[rsp], 0xffffffff)
			}
			if from == rsp && n == 2 {
				return mask(s.regs[rsp], 0xffff)
			}
		case x86asm.Mem:
			if size == 8 && inst.Op == x86asm.MOV {
				return w.loaded(inst, a, s)
			}
		}
	case x86asm.LEA:
		m := inst.Args[1].(x86asm.Mem)
		if at, ok := address(m, s); ok && size == 8 {
			return at
		}
		if addr, ok := inst.Relative(); ok && w.graph.Text.Starting(addr) != nil {
			return value{kind: function, off: int64(addr)}
		}
	case x86asm.ADD, x86asm.SUB:
		if isImm && size == 8 && (old.kind == stack || old.kind == aligned) {
			if inst.Op == x86asm.SUB {
				imm = -imm
			}
			if n := old.off + int64(imm); n > -1<<31 && n < 1<<31 {
				return value{kind: old.kind, off: n}
			}
		}
	case x86asm.AND:
		if r == rsp && size == 8 && isImm && old.kind == stack && old.off%8 == 0 && imm < 0 && bits.OnesCount64(uint64(-imm)) == 1 && imm >= -4096 {
			// The entry is a multiple of 8, as call sees to.
			s.base = max(s.base, -old.off+max(int64(-imm), 8)-8)
			return value{kind: aligned}
		}
		if isImm && imm >= 0 {
			return mask(old, uint32(min(imm, 0xffffffff)))
		}
	}
	return value{}
}

// mask is v and some bits of it, where v is a stack address.
func mask(v value, bits uint32) value {
	switch v.kind {
	case stack:
		return value{kind: masked, mask: bits, off: v.off}
	case masked:
		return value{kind: masked, mask: bits & v.mask, off: v.off}
	}
	return value{}
}

// address returns the stack address that an operand means, if it is known.
func address(m x86asm.Mem, s *state) (value, bool) {
	r, size := number(m.Base)
	if size != 8 || m.Index != 0 {
		return value{}, false
	}
	v := s.regs[r]
	if v.kind != stack && v.kind != aligned {
		return value{}, false
	}
	v.off += m.Disp
	return v, v.off > -1<<31 && v.off < 1<<31
}

// loaded is what is known of 64 bits in memory.
func (w *walk) loaded(inst code.Inst, m x86asm.Mem, s *state) value {
	if m.Base == x86asm.RIP {
		addr := inst.Next() + uint64(m.Disp)
		if _, ok := w.graph.Text.Object.Slot(addr); ok {
			return value{kind: slot, off: int64(addr)}
		}
		return value{}
	}
	if at, ok := address(m, s); ok {
		return s.load(at)
	}
	return value{}
}

// operands checks accesses to the frame: nothing below the stack pointer, where an interrupt may write, and no change of
// a return address.
func (w *walk) operands(inst code.Inst, s *state) {
	if inst.Op == x86asm.LEA || inst.Op == x86asm.NOP {
		return
	}
	for n, a := range inst.Args {
		m, ok := a.(x86asm.Mem)
		if !ok {
			continue
		}
		at, ok := address(m, s)
		if !ok {
			continue
		}
		if sp := s.regs[rsp]; at.kind == sp.kind && at.off < sp.off {
			w.refuse(inst, "it reaches %d bytes below the stack pointer", sp.off-at.off)
			return
		}
		writes := n == 0 && inst.Writes() || inst.Op == x86asm.XCHG
		if writes && at.kind == stack && at.off < 8 && at.off+int64(inst.MemBytes) > 0 {
			w.refuse(inst, "it writes to the function's return address")
			return
		}
	}
}

// changesFlags tells whether an instruction changes the flags that a comparison sets.
func changesFlags(inst code.Inst) bool {
	switch inst.Op {
	case x86asm.MOV, x86asm.MOVZX, x86asm.MOVSX, x86asm.MOVSXD, x86asm.LEA, x86asm.NOT, x86asm.BSWAP, x86asm.XCHG:
		return false
	}
	return true
}

// clobbers are the registers that an instruction changes besides its first operand.
func clobbers(inst code.Inst) []int {
	switch inst.Op {
	case x86asm.MUL, x86asm.DIV, x86asm.IDIV:
		return []int{rax, rdx}
	case x86asm.IMUL:
		if inst.Args[1] == nil {
			return []int{rax, rdx}
		}
	case x86asm.CBW, x86asm.CWDE, x86asm.CDQE:
		return []int{rax}
	case x86asm.CWD, x86asm.CDQ, x86asm.CQO:
		return []int{rdx}
	case x86asm.CMPXCHG:
		return []int{rax}
	case x86asm.XCHG, x86asm.XADD:
		var rs []int
		for _, a := range inst.Args[:2] {
			if reg, ok := a.(x86asm.Reg); ok {
				r, _ := number(reg)
				rs = append(rs, r)
			}
		}
		return rs
	case x86asm.MOVSB, x86asm.MOVSW, x86asm.MOVSD, x86asm.MOVSQ, x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ:
		return []int{rsi, rdi, rcx}
	case x86asm.STOSB, x86asm.STOSW, x86asm.STOSD, x86asm.STOSQ, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ:
		return []int{rdi, rcx}
	case x86asm.LODSB, x86asm.LODSW, x86asm.LODSD, x86asm.LODSQ:
		return []int{rax, rsi, rcx}
	}
	return nil
}
