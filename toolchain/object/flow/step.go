package flow

import (
	"strings"

	"rex/toolchain/object/code"
)

// step changes the state as an instruction does that goes on to the next one.
func (w *walk) step(inst *code.Inst, s *frame) {
	w.use(inst, s)
	if !inst.KeepsFlags() && inst.Op != "cmp" && inst.Op != "test" {
		s.flags = comparison{}
	}
	a, b := inst.Args[0], inst.Args[1]
	switch inst.Op {
	case "nop", "endbr64", "pause", "lfence", "mfence", "sfence", "cmc", "clc", "stc":
	case "std", "cld":
		s.down = inst.Op == "std"
	case "push":
		w.push(inst, s)
	case "pop":
		w.pop(inst, s, a.Reg)
	case "leave":
		if bp := s.regs[code.RBP]; bp.kind != stack && bp.kind != aligned {
			w.refuse(inst, "rbp does not point into the frame")
			return
		}
		w.set(inst, s, code.RSP, s.regs[code.RBP])
		w.pop(inst, s, code.RBP)
	case "cmp", "test", "bt":
		for _, m := range inst.Args {
			if m.Kind == code.InMem {
				w.access(inst, s, &m, value{})
			}
		}
		if len(w.f.refusals) == 0 && inst.Op != "bt" {
			w.compare(inst, s)
		}
	case "mov":
		w.write(inst, s, &inst.Args[0], w.read(inst, s, &inst.Args[1]))
	case "movzx":
		w.write(inst, s, &inst.Args[0], w.read(inst, s, &inst.Args[1]))
	case "movsx", "movsxd":
		v := w.read(inst, s, &inst.Args[1])
		if v.kind == number {
			v.off = extended(v.off, b.Size)
		} else {
			v = value{}
		}
		w.write(inst, s, &inst.Args[0], v)
	case "lea":
		w.write(inst, s, &inst.Args[0], w.effective(inst, s, b.Mem))
	case "xchg", "xadd":
		w.exchange(inst, s)
	case "cmpxchg":
		v := w.read(inst, s, &inst.Args[1])
		w.other(inst, s, low(s.regs[code.RAX], a.Size))
		if a.Kind == code.InMem {
			w.access(inst, s, &inst.Args[0], v)
		} else {
			w.write(inst, s, &inst.Args[0], w.other(inst, s, v))
		}
		w.set(inst, s, code.RAX, value{})
	case "div", "idiv":
		w.divide(inst, s)
		w.rest(inst, s)
	default:
		switch {
		case strings.HasPrefix(inst.Op, "cmov"):
			v := w.read(inst, s, &inst.Args[1])
			w.write(inst, s, &inst.Args[0], s.either(v, low(s.regs[a.Reg].unless(v, int(a.Reg)), a.Size)))
		case w.isString(inst):
			w.str(inst, s)
		case a.Kind != code.NoArg && a.Written:
			w.arithmetic(inst, s)
		default:
			w.rest(inst, s)
		}
	}
}

// read is what an operand holds.
func (w *walk) read(inst *code.Inst, s *frame, a *code.Arg) value {
	if a.Kind == code.InMem {
		m := *a
		m.Read, m.Written = true, false
		return w.access(inst, s, &m, value{})
	}
	if a.Kind == code.Number {
		return s.arg(*a)
	}
	return low(s.arg(*a), a.Size)
}

// write gives an operand a value.
func (w *walk) write(inst *code.Inst, s *frame, a *code.Arg, v value) {
	if len(w.f.refusals) > 0 {
		return
	}
	if a.Kind == code.InMem {
		w.access(inst, s, a, v)
		return
	}
	old := s.regs[a.Reg]
	v = low(v, a.Size)
	if a.Size < 4 {
		switch {
		case v.kind == state && a.Size == 1 && !a.High:
			if old.address() || s.secret(old) {
				v.mask = 1
			}
		case old.address() || s.secret(old):
			v = value{kind: lost} // a part of it
		case old.kind == number && v.kind == number && !a.High:
			v.off |= old.off &^ (1<<(8*a.Size) - 1)
		default:
			v = value{}
		}
	}
	w.set(inst, s, a.Reg, v)
}

// set changes a register. The stack pointer must not become something unknown, and must not rise above the entry.
func (w *walk) set(inst *code.Inst, s *frame, r code.Reg, v value) {
	if r == code.RSP {
		sp := s.regs[r]
		if v.kind != stack && v.kind != aligned || v.off > 0 || v.kind == aligned && sp.kind != aligned {
			w.refuse(inst, "the stack pointer cannot be followed behind it")
			return
		}
	}
	s.regs[r] = v
	if r == code.RSP {
		s.release()
	}
}

func (w *walk) push(inst *code.Inst, s *frame) {
	v := w.read(inst, s, &inst.Args[0])
	if s.secret(v) && v.inFrame() {
		w.refuse(inst, "it stores %s", s.secretNoun(v))
		return
	}
	sp := &s.regs[code.RSP]
	sp.off -= 8
	s.store(*sp, 8, v)
}

func (w *walk) pop(inst *code.Inst, s *frame, r code.Reg) {
	up := s.regs[code.RSP]
	v := s.load(up, 8)
	up.off += 8
	if r == code.RSP {
		w.refuse(inst, "the stack pointer cannot be followed behind it")
		return
	}
	w.set(inst, s, code.RSP, up)
	s.regs[r] = v
}

// effective is the address that an operand means.
func (w *walk) effective(inst *code.Inst, s *frame, m code.Mem) value {
	at, indexed := w.where(inst, s, m)
	switch {
	case len(w.f.refusals) > 0:
		return value{}
	case at.kind <= given || at.kind == state || at.kind == number && indexed:
		return value{}.from(at)
	case at.kind == masked:
		return bitsOf(0, 0)
	case !indexed || at.kind == near:
		return at
	}
	return w.sum(inst, s, at, value{})
}

// exchange follows xchg and xadd.
func (w *walk) exchange(inst *code.Inst, s *frame) {
	a, b := &inst.Args[0], &inst.Args[1]
	v := w.read(inst, s, b)
	old := w.read(inst, s, a)
	if inst.Op == "xadd" {
		v = w.sum(inst, s, v, old)
	}
	w.write(inst, s, a, v)
	w.write(inst, s, b, old)
}

// divide refuses a division of which it is known that it traps.
func (w *walk) divide(inst *code.Inst, s *frame) {
	a, v := inst.Args[0], value{}
	if a.Kind == code.InReg {
		v = low(s.arg(a), a.Size)
	} else if at, indexed := w.where(inst, s, a.Mem); !indexed && (at.kind == stack || at.kind == aligned) {
		v = s.load(at, int64(a.Size))
	} else {
		return
	}
	high := low(s.regs[code.RDX], a.Size)
	switch {
	case v == (value{kind: number}):
		w.refuse(inst, "it divides by zero, which is an oops of the kernel")
	case inst.Op == "div" && a.Size >= 2 && v.kind == number && high.kind == number && uint64(high.off) >= uint64(v.off)&(1<<(8*a.Size)-1) && a.Size < 8:
		w.refuse(inst, "the quotient does not fit, which is an oops of the kernel")
	}
}

// arithmetic follows what changes its first operand.
func (w *walk) arithmetic(inst *code.Inst, s *frame) {
	a, b := &inst.Args[0], &inst.Args[1]
	if n, ok := always(inst); ok {
		to := *a
		to.Read = false
		w.write(inst, s, &to, value{kind: number, off: n})
		return
	}
	old := value{}
	if a.Read {
		old = w.peek(inst, s, a)
	}
	other := value{}
	if b.Kind != code.NoArg {
		other = w.read(inst, s, b)
	}
	if len(w.f.refusals) > 0 {
		return
	}
	same := a.Kind == code.InReg && b.Kind == code.InReg && a.Reg == b.Reg && a.High == b.High
	v := value{}
	switch {
	case same && (inst.Op == "xor" || inst.Op == "sub"):
		v = value{kind: number}
	case same && inst.Op == "sbb": // all bits are the carry
	case inst.Op == "and":
		if a.Reg == code.RSP && a.Kind == code.InReg {
			v = w.align(inst, s, other)
			break
		}
		v = w.conjunction(inst, s, old, other)
	case inst.Op == "or":
		v = w.disjunction(inst, s, old, other)
	case inst.Op == "add":
		v = w.sum(inst, s, old, other)
	case inst.Op == "sub":
		v = w.difference(inst, s, old, other)
	case inst.Op == "inc":
		v = w.sum(inst, s, old, value{kind: number, off: 1})
	case inst.Op == "dec":
		v = w.sum(inst, s, old, value{kind: number, off: -1})
	case inst.Op == "xor" && old.kind == number && other.kind == number:
		v = value{kind: number, off: old.off ^ other.off}
	case (inst.Op == "neg" || inst.Op == "not") && old.kind == number:
		v = value{kind: number, off: -old.off}
		if inst.Op == "not" {
			v.off--
		}
	case inst.Op == "neg" && old.inFrame():
		v = value{kind: distance}
	case inst.Op == "shl" && old.kind == number && other.kind == number:
		v = value{kind: number, off: old.off << (other.off & int64(8*max(a.Size, 4)-1))}
	case inst.Op == "shr" && old.kind == number && other.kind == number:
		v = value{kind: number, off: int64(uint64(old.off) >> (other.off & int64(8*max(a.Size, 4)-1)))}
	default:
		v = w.other(inst, s, old, other)
	}
	if len(w.f.refusals) > 0 {
		return
	}
	w.write(inst, s, a, v)
	for _, r := range inst.Writes() {
		w.set(inst, s, r, value{})
	}
}

// always is the number that an instruction writes whatever was there, as small code does.
func always(inst *code.Inst) (int64, bool) {
	if b := inst.Args[1]; b.Kind == code.Number && (inst.Op == "and" && b.Value == 0 || inst.Op == "or" && b.Value == -1) {
		return b.Value, true
	}
	return 0, false
}

// peek is what is known of an operand before it is changed; whether it may be is looked at then.
func (w *walk) peek(inst *code.Inst, s *frame, a *code.Arg) value {
	if a.Kind != code.InMem {
		return low(s.arg(*a), a.Size)
	}
	if at, indexed := w.where(inst, s, a.Mem); !indexed && (at.kind == stack || at.kind == aligned) {
		return s.load(at, int64(a.Size))
	}
	return value{}
}

// align follows the stack pointer where it is aligned down.
func (w *walk) align(inst *code.Inst, s *frame, mask value) value {
	old, n := s.regs[code.RSP], -mask.off
	if inst.Args[0].Size != 8 || mask.kind != number || old.kind != stack || old.off%8 != 0 || n <= 0 || n&(n-1) != 0 || n > 4096 {
		w.refuse(inst, "the stack pointer cannot be followed behind it")
		return value{}
	}
	// The entry is a multiple of 8, as call sees to.
	s.base = max(s.base, -old.off+max(n, 8)-8)
	s.before = old.off
	s.regs[code.RSP] = value{kind: aligned}
	return value{kind: aligned}
}

// rest follows an operation of which only that is of interest which registers it reads and writes.
func (w *walk) rest(inst *code.Inst, s *frame) {
	size := max(inst.Args[0].Size, 1)
	var values []value
	for n := range inst.Args {
		if a := &inst.Args[n]; a.Kind == code.InReg || a.Kind == code.InMem {
			values = append(values, w.read(inst, s, a))
		}
	}
	for _, r := range inst.Reads() {
		values = append(values, low(s.regs[r], size))
	}
	if len(w.f.refusals) > 0 {
		return
	}
	v := w.other(inst, s, values...)
	for _, r := range inst.Writes() {
		w.set(inst, s, r, v)
	}
}

// use notes which arguments an instruction reads for more than to keep them elsewhere.
func (w *walk) use(inst *code.Inst, s *frame) {
	a, b := inst.Args[0], inst.Args[1]
	if a.Kind == code.InReg && b.Kind == code.InReg && a.Reg == b.Reg && (inst.Op == "xor" || inst.Op == "sub" || inst.Op == "sbb") {
		return // whatever it holds
	}
	use := func(r code.Reg) {
		if v := s.regs[r]; v.kind == given && v.mask >= firstArg && v.mask < fromCleanups {
			w.f.Uses |= 1 << (v.mask - firstArg)
		}
	}
	if inst.Op == "nop" {
		return
	}
	kept := inst.Op == "push" || inst.Op == "mov" && b.Kind == code.InReg
	for _, a := range inst.Args {
		switch {
		case a.Kind == code.InReg && a.Read && !kept:
			use(a.Reg)
		case a.Kind == code.InMem:
			if a.Mem.Base >= 0 && a.Mem.Base < code.RIP {
				use(a.Mem.Base)
			}
			if a.Mem.Index >= 0 {
				use(a.Mem.Index)
			}
		}
	}
	for _, r := range inst.Reads() {
		use(r)
	}
}
