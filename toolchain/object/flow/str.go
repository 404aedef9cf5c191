package flow

import (
	"strings"

	"rex/toolchain/object/code"
)

// isString tells whether an instruction is one of those that take their addresses from rsi and rdi.
func (w *walk) isString(inst *code.Inst) bool {
	for _, name := range []string{"movs", "stos", "lods", "scas", "cmps"} {
		if inst.Args[0].Kind == code.NoArg && len(inst.Op) == len(name)+1 && strings.HasPrefix(inst.Op, name) {
			return true
		}
	}
	return false
}

// str follows a string instruction.
func (w *walk) str(inst *code.Inst, s *frame) {
	name, suffix := inst.Op[:4], inst.Op[4:]
	size := map[string]int64{"b": 1, "w": 2, "d": 4, "q": 8}[suffix]
	compares := name == "scas" || name == "cmps"
	count, known := int64(1), true
	if inst.Rep {
		v := s.regs[code.RCX]
		if !w.secretive(inst, s, v) {
			return
		}
		count, known = v.off, v.kind == number
		if known && (count < 0 || count > 1<<20) {
			w.refuse(inst, "it is repeated %#x times, which is more than anything is large", uint64(count))
			return
		}
	}
	v := value{}
	if name == "stos" {
		v = low(s.regs[code.RAX], int(size))
	}
	loaded := value{}
	if name != "stos" && name != "scas" {
		loaded = w.stretch(inst, s, code.RSI, size, count, known, false, value{})
	}
	if name == "movs" {
		v = loaded
		if at := s.regs[code.RSI]; at.kind <= given || at.kind == near {
			v = value{kind: given}.from(at)
		}
	}
	if name != "lods" && len(w.f.refusals) == 0 {
		w.stretch(inst, s, code.RDI, size, count, known, !compares, v)
	}
	if len(w.f.refusals) > 0 {
		return
	}
	step := value{}
	if known && !compares {
		step = value{kind: number, off: count * size}
		if s.down {
			step.off = -step.off
		}
	}
	if name != "stos" && name != "scas" {
		s.regs[code.RSI] = w.stepped(inst, s, s.regs[code.RSI], step)
	}
	if name != "lods" {
		s.regs[code.RDI] = w.stepped(inst, s, s.regs[code.RDI], step)
	} else {
		w.write(inst, s, &code.Arg{Kind: code.InReg, Reg: code.RAX, Size: int(size)}, loaded)
	}
	if inst.Rep {
		s.regs[code.RCX] = value{}
		if !compares {
			s.regs[code.RCX] = value{kind: number}
		}
	}
}

// stepped is where a pointer is behind a string instruction.
func (w *walk) stepped(inst *code.Inst, s *frame, v, by value) value {
	if v.kind == lost || v.kind == foreign {
		return v // nothing was done there
	}
	return w.sum(inst, s, v, by)
}

// stretch checks the memory that a string instruction reads or writes from where a register points to.
func (w *walk) stretch(inst *code.Inst, s *frame, r code.Reg, size, count int64, known, writes bool, v value) value {
	at := s.regs[r]
	if known && count == 0 {
		return value{}
	}
	if known && count > 1 {
		if writes && !w.lend(inst, s, at, v, int(size)) {
			return value{}
		}
		// As if it were one operand of the whole length.
		if s.down {
			at.off -= (count - 1) * size
		}
		size *= count
		if v.kind != given {
			v = value{}
		}
	}
	if !w.secretive(inst, s, at) {
		return value{}
	}
	m := &code.Arg{Kind: code.InMem, Size: int(size), Mem: code.Mem{Base: r, Index: code.None, Scale: 1}, Read: !writes, Written: writes}
	if known {
		m.Mem.Disp = at.off - s.regs[r].off
		if at.kind == near || at.kind < number {
			m.Mem.Disp = 0
		}
		return w.access(inst, s, m, v)
	}
	switch at.kind {
	case number:
		return value{} // nothing at all, where there is nothing
	case stack, aligned:
		w.element(inst, s, at, m)
		if writes {
			s.disturb()
		}
		return value{}
	case run:
		if at.off < runState+runLog || at.off > runState+runSize {
			w.refuse(inst, "it reaches, by a count, from byte %d of the run's state, which is the kernel's", at.off-runState)
		}
		return value{}
	case image:
		return w.imageAccess(inst, s, at, &code.Arg{Size: 1, Read: !writes, Written: writes}, true)
	}
	return w.access(inst, s, m, v)
}
