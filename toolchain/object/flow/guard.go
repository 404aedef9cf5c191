package flow

import (
	"rex/toolchain/object/code"
)

// stackMask are the bits of an address that say where in its stack it is; lowBits are those of them that are all zero in
// the part that is set aside, and only there. In a panic, the check looks for the last page with lastBits.
const (
	stackMask = 0xffff
	limit     = 0x4000 // where the part of the stack that is set aside ends, as an offset in the stack
	lowBits   = stackMask &^ (limit - 1)
	lastPage  = 0x1000
	lastBits  = stackMask &^ (lastPage - 1)
)

// compare notes what the flags say about the stack pointer.
func (w *walk) compare(inst *code.Inst, s *frame) {
	s.flags = comparison{}
	w.compareNumbers(inst, s)
	if inst.Args[0].Kind != code.InReg || inst.Args[1].Kind != code.Number {
		return
	}
	v, imm := low(s.arg(inst.Args[0]), inst.Args[0].Size), inst.Args[1].Value
	if v.kind != masked || v.mask == 0 {
		return
	}
	constant := int64(-1)
	op, bits := inst.Op, uint32(imm)&v.mask
	if op == "cmp" && imm == 0 {
		op, bits = "test", v.mask // as compilers do that do not optimize
	}
	switch op {
	case "cmp":
		if v.mask != stackMask {
			w.refuse(inst, "it compares bits of the stack pointer that say nothing about where in the stack it is")
			return
		}
		constant = imm & 0xffff
		s.flags = comparison{known: true, limit: constant, off: v.off}
		if w.f.Name == CheckStack && (constant == lastPage || constant == lastPage-1) {
			s.flags = comparison{}
			return
		}
		if constant == limit || constant == limit-1 {
			return
		}
	case "test":
		s.flags = comparison{known: bits == lowBits, test: true, off: v.off}
		if bits == lowBits || w.f.Name == CheckStack && bits == lastBits || bits <= fewBits {
			return
		}
	}
	w.refuse(inst, "it looks at the stack pointer with another constant than the ABI's: below %#x the stack is set aside", limit)
}

// compareNumbers notes that the flags are of numbers that are known.
func (w *walk) compareNumbers(inst *code.Inst, s *frame) {
	a, b := inst.Args[0], inst.Args[1]
	if a.Kind == code.InMem || b.Kind == code.InMem || a.Size < 4 {
		return
	}
	x, y := low(s.arg(a), a.Size), low(s.arg(b), a.Size)
	if x.kind != number || y.kind != number {
		return
	}
	if inst.Op == "test" {
		x, y = value{kind: number, off: x.off & y.off}, value{kind: number}
	}
	s.flags = comparison{numbers: true, same: x.off == y.off}
}

// decides tells whether a conditional jump is known to be taken, or not.
func (f comparison) decides(inst *code.Inst) (jumps, known bool) {
	switch inst.Op {
	case "je":
		return f.same, f.numbers
	case "jne":
		return !f.same, f.numbers
	}
	return false, false
}

// branch notes on which way out of a conditional jump the stack pointer is known to be high enough.
func (s *frame) branch(inst *code.Inst, taken, not *frame) {
	f := s.flags
	if !f.known {
		return
	}
	bound := f.limit // the stack pointer is below this on the low way
	var high *frame
	switch inst.Op {
	case "jb":
		high = not
	case "jae":
		high = taken
	case "jbe":
		high, bound = not, bound+1
	case "ja":
		high, bound = taken, bound+1
	case "je":
		high = not
	case "jne":
		high = taken
	}
	zero := inst.Op == "je" || inst.Op == "jne"
	if high == nil || f.test != zero || !f.test && bound != limit {
		return
	}
	high.guarded, high.guard = true, -f.off
}
