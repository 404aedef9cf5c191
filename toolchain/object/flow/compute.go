package flow

import (
	"math/bits"

	"rex/toolchain/object/code"
)

// low is what the low bytes of a value are.
func low(v value, size int) value {
	if size == 8 {
		return v
	}
	part := uint32(1)<<min(8*size, 31) - 1
	if size == 4 {
		part = ^uint32(0)
	}
	switch v.kind {
	case number:
		return value{kind: number, off: v.off & int64(part)}
	case stack:
		return bitsOf(part, v.off)
	case masked:
		return bitsOf(v.mask&part, v.off)
	case aligned, near, distance, run, nearRun:
		return bitsOf(0, 0).but(size == 1)
	case state:
		if size > 1 && v.mask != 0 {
			return value{}
		}
		return value{kind: state}
	}
	return value{}
}

// fewBits are no more bits of an address than say where in a page it is: nothing to make another address of.
const fewBits = 0xfff

// bitsOf are some bits of the stack pointer at entry plus off; with no mask, what was computed from them.
func bitsOf(mask uint32, off int64) value {
	if mask != 0 && mask <= fewBits {
		return value{}
	}
	return value{kind: masked, mask: mask, off: off}
}

// but is v, or nothing that is of interest.
func (v value) but(not bool) value {
	if not {
		return value{}
	}
	return v
}

// arg is what an operand in a register, or an immediate, holds: all 64 bits of the register.
func (s *frame) arg(a code.Arg) value {
	if a.Kind == code.Number {
		return value{kind: number, off: a.Value}
	}
	if a.High {
		return value{}
	}
	return s.regs[a.Reg]
}

// extended is a number as an operation of size bytes knows it: signed.
func extended(n int64, size int) int64 {
	shift := 64 - 8*size
	return n << shift >> shift
}

// secretive refuses to compute with what is none of the function's business. It returns false then.
func (w *walk) secretive(inst *code.Inst, s *frame, values ...value) bool {
	for _, v := range values {
		if v.kind == lost || v.kind == state && v.mask != 0 {
			w.refuse(inst, "it computes with a value that on one way here was the kernel's, or an address outside of the frame")
			return false
		}
		if v.kind == foreign {
			w.refuse(inst, "it computes with what %s held before: the kernel's, or the caller's", code.Reg(v.off))
			return false
		}
	}
	return true
}

// sum is a + b, of 64 bits.
func (w *walk) sum(inst *code.Inst, s *frame, a, b value) value {
	if !w.secretive(inst, s, a, b) {
		return value{}
	}
	if a.kind == number || a.kind < stack {
		a, b = b, a // what is known better comes first
	}
	if a.kind == number && b.kind == number {
		return value{kind: number, off: a.off + b.off}
	}
	if a.kind == masked || b.kind == masked {
		if a.inFrame() || b.inFrame() || a.inRun() || b.inRun() || a.kind == distance || b.kind == distance {
			w.refuse(inst, "it computes an address of the stack by other means than a slot's or an element's")
		}
		return bitsOf(0, 0)
	}
	switch a.kind {
	case stack, aligned:
		if b.kind == number {
			return w.moved(inst, a, b.off)
		}
		if b.inFrame() || b.inRun() || b.kind == image || b.kind == function || b.kind == imported {
			break
		}
		if b.kind == distance {
			return value{}
		}
		return a.indexed()
	case near:
		if b.inFrame() || b.inRun() {
			break
		}
		if b.kind == distance {
			return value{}
		}
		if b.kind == number && a.mask != 0 {
			return w.moved(inst, a, b.off)
		}
		return a
	case distance:
		if b.kind == near {
			return value{}
		}
		if b.inRun() {
			break
		}
		return a
	case run:
		if b.kind == number {
			return w.moved(inst, a, b.off)
		}
		if b.kind == unknown || b.kind == given {
			return a.elementOf()
		}
	case nearRun:
		if b.kind == number {
			return w.moved(inst, a, b.off)
		}
		if b.kind == unknown || b.kind == given {
			return a.elementOf()
		}
	case image, nearImage:
		if b.kind == number && a.kind == image {
			return w.moved(inst, a, b.off)
		}
		if b.kind == number || b.kind == unknown || b.kind == given {
			return value{kind: nearImage, off: a.off}
		}
		if b.kind != function && b.kind != imported {
			return value{}
		}
	case function, imported:
	default:
		return value{}.from(a, b)
	}
	w.refuse(inst, "it computes an address of %s by other means than a slot's or an element's", a.noun())
	return value{}
}

// moved is an address some bytes further.
func (w *walk) moved(inst *code.Inst, a value, n int64) value {
	a.off += n
	if a.off <= -1<<31 || a.off >= 1<<31 || n <= -1<<31 || n >= 1<<31 {
		w.refuse(inst, "it computes an address that is far outside of %s", a.noun())
		return value{}
	}
	return a
}

// indexed is a pointer into the frame that the language bounds.
func (v value) indexed() value {
	b := v.base()
	return value{kind: near, mask: uint32(b.kind), off: b.off}
}

// elementOf is a pointer to an element of the run's state, counted from somewhere near its fields.
func (v value) elementOf() value {
	// From the start of the stack's window it is computed in two steps: the element first, then where they begin.
	if v.off != 0 && (v.off < runState-slack || v.off > runState+runSize+slack) {
		return value{kind: lost}
	}
	return value{kind: nearRun, mask: element, off: v.off}
}

// noun says what a value is an address of.
func (v value) noun() string {
	switch v.kind {
	case stack, aligned, near, distance, masked:
		return "the stack"
	case run, nearRun:
		return "the run's state"
	case function, imported:
		return "a function"
	}
	return "the image"
}

// difference is a - b, of 64 bits.
func (w *walk) difference(inst *code.Inst, s *frame, a, b value) value {
	if !w.secretive(inst, s, a, b) {
		return value{}
	}
	switch {
	case b.kind == number:
		return w.sum(inst, s, a, value{kind: number, off: -b.off})
	case a.kind == b.kind && (a.kind == stack || a.kind == aligned || a.kind == run || a.kind == image):
		return value{kind: number, off: a.off - b.off}
	case a.inFrame() && b.inFrame(), a.inRun() && b.inRun():
		return value{}
	case b.kind == distance:
		w.refuse(inst, "it computes an address of the stack by other means than a slot's or an element's")
		return value{}
	case b.inFrame() && (a.kind <= number || a.kind == image || a.kind == nearImage || a.kind == distance):
		return value{kind: distance}
	case b.kind == image || b.kind == nearImage:
		return value{}
	case b.kind == nearRun && b.mask != element && !a.inFrame():
		return bitsOf(0, 0) // a number, where b is something else; never an address
	case b.address():
		w.refuse(inst, "it computes with an address of %s in a way that cannot be followed", b.noun())
		return value{}
	}
	if b.kind != masked {
		b = value{}
	}
	return w.sum(inst, s, a, b)
}

// conjunction is a & b, of 64 bits.
func (w *walk) conjunction(inst *code.Inst, s *frame, a, b value) value {
	if a.kind == number {
		a, b = b, a
	}
	if b == (value{kind: number}) {
		return b
	}
	if !w.secretive(inst, s, a, b) {
		return value{}
	}
	if a.kind == number && b.kind == number {
		return value{kind: number, off: a.off & b.off}
	}
	if a.kind == masked && b.kind == number {
		mask := uint32(b.off)
		if a.mask != 0 {
			mask &= a.mask
		} else if mask > fewBits {
			mask = 0
		}
		return bitsOf(mask, a.off)
	}
	if !a.address() && !b.address() {
		return value{}.from(a, b)
	}
	if b.kind == number {
		switch few := b.off >= 0 && b.off <= stackMask; {
		case a.kind == stack && few:
			return bitsOf(uint32(b.off), a.off)
		case few && (a.inFrame() || a.inRun() || a.kind == distance) && b.off > fewBits:
			return bitsOf(0, 0)
		case few:
			return value{} // some low bits
		case (a.kind == stack || a.kind == aligned) && b.off == ^stackMask:
			return value{kind: run}
		case a.inFrame() && b.off < 0 && b.off >= -64 && bits.OnesCount64(uint64(-b.off)) == 1:
			return a.indexed()
		case a.kind == distance:
			return a
		case a.kind == image, a.kind == nearImage:
			return value{}
		}
	} else if a.kind == distance || b.kind == distance {
		return value{kind: distance}
	}
	w.refuse(inst, "it masks an address of %s", a.noun())
	return value{}
}

// address tells whether v is known to be an address, or to come from one of the stack.
func (v value) address() bool { return v.kind >= stack && v.kind != masked && v.kind != state }

// disjunction is a | b, of 64 bits.
func (w *walk) disjunction(inst *code.Inst, s *frame, a, b value) value {
	if a.kind == number || !a.address() && b.address() {
		a, b = b, a
	}
	if b == (value{kind: number, off: -1}) {
		return b
	}
	if !w.secretive(inst, s, a, b) {
		return value{}
	}
	switch {
	case a.kind == number && b.kind == number:
		return value{kind: number, off: a.off | b.off}
	case a.kind == masked || b.kind == masked:
		return bitsOf(0, 0)
	case !a.address() && !b.address():
		return value{}.from(a, b)
	case a.kind == run && b.kind == number && a.off >= 0 && a.off <= stackMask && b.off >= 0 && b.off <= stackMask:
		return value{kind: run, off: a.off | b.off}
	case (a.kind == stack || a.kind == aligned) && b.kind == number && b.off >= 0 && b.off < 64:
		return a.indexed()
	case a.kind == near && b.kind == number && b.off >= 0 && b.off < 64, a.kind == nearRun && b.kind == number && b.off >= 0 && b.off < 64:
		return a
	case a.kind == nearRun && !b.address():
		return bitsOf(0, 0) // a number, where it was something else; never an address
	case a.kind == distance || b.kind == distance:
		return value{kind: distance}
	case a.kind == image, a.kind == nearImage:
		return value{}
	}
	w.refuse(inst, "it computes an address of %s by other means than a slot's or an element's", a.noun())
	return value{}
}

// other is the result of an operation that is not followed: a number, of what are no addresses of the stack.
func (w *walk) other(inst *code.Inst, s *frame, values ...value) value {
	if inst.Op == "bsf" || inst.Op == "bsr" {
		values = scanned(values)
	}
	if !w.secretive(inst, s, values...) {
		return value{}
	}
	bits := false
	for _, v := range values {
		switch v.kind {
		case masked:
			bits = true
		case stack, aligned, near, run, nearRun, function, imported:
			w.refuse(inst, "it computes with an address of %s in a way that cannot be followed", v.noun())
			return value{}
		case distance:
			if inst.Op == "neg" || inst.Op == "not" || inst.Op == "bswap" {
				w.refuse(inst, "it computes an address of the stack by other means than a slot's or an element's")
				return value{}
			}
			return v
		}
	}
	return bitsOf(0, 0).but(!bits)
}

// scanned are the values that a scan for a bit computes with. Only where its source is 0 does the register stay as it was (Intel SDM,
// volume 2, BSF), and compilers scan what is not: then what it held before is nobody's, as where ways meet.
func scanned(values []value) []value {
	held, source := values[0], values[len(values)-1]
	if source.kind == number && source.off != 0 || held.kind == foreign && source.kind != number {
		return values[1:]
	}
	return values
}

// from is v, which was computed from others, with what is known of where they came from.
func (v value) from(others ...value) value {
	for _, o := range others {
		if v.kind > given {
			break
		}
		if o.mask == kernels && o.kind <= given {
			v.mask = kernels
		}
	}
	return v
}
