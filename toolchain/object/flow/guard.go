package flow

import (
	"golang.org/x/arch/x86/x86asm"

	"rex/toolchain/object/code"
)

// stackMask are the bits of an address that say where in its stack it is; lowBits are those of them that are all zero in
// the part that is set aside, and only there.
const (
	stackMask = 0xffff
	lowBits   = stackMask &^ (limit - 1)
)

// compare notes what the flags say about the stack pointer.
func (s *state) compare(inst code.Inst) {
	s.flags = comparison{}
	imm, ok := inst.Args[1].(x86asm.Imm)
	reg, isReg := inst.Args[0].(x86asm.Reg)
	if !ok || !isReg {
		return
	}
	r, size := number(reg)
	v := s.regs[r]
	if v.kind == stack {
		// Only a part of it is compared.
		v = mask(v, uint32(1<<min(8*size, 32)-1))
	}
	if v.kind != masked || size < 2 || size == 2 && v.mask&^stackMask != 0 && inst.Op == x86asm.CMP {
		return
	}
	switch {
	case inst.Op == x86asm.CMP && v.mask == stackMask && imm > 0 && imm < stackMask:
		s.flags = comparison{known: true, limit: int64(imm), off: v.off}
	case inst.Op == x86asm.TEST && uint32(imm)&v.mask == lowBits:
		s.flags = comparison{known: true, test: true, off: v.off}
	}
}

// branch notes on which way out of a conditional jump the stack pointer is known to be high enough.
func (s *state) branch(inst code.Inst, taken, not *state) {
	f := s.flags
	if !f.known {
		return
	}
	low := f.limit // the stack pointer is below this on the low way
	var high *state
	switch inst.Op {
	case x86asm.JB:
		high = not
	case x86asm.JAE:
		high = taken
	case x86asm.JBE:
		high, low = not, low+1
	case x86asm.JA:
		high, low = taken, low+1
	case x86asm.JE:
		high = not
	case x86asm.JNE:
		high = taken
	}
	zero := inst.Op == x86asm.JE || inst.Op == x86asm.JNE
	if high == nil || f.test != zero || !f.test && low < limit {
		return
	}
	high.guarded, high.guard = true, -f.off
}
