package flow

import (
	"cmp"
	"slices"

	"rex/toolchain/object/code"
)

// kind says what is known of a value.
type kind uint8

const (
	unknown   kind = iota // a number that was computed, or a pointer that the language made
	given                 // 64 bits as they came from memory, an argument or a result: these alone may be called; see tags
	number                // off
	foreign               // what the register off held when the function was entered, or after a call: not the function's
	stack                 // the stack pointer at entry plus off
	aligned               // the stack pointer after it was aligned, plus off
	near                  // a stack address plus what the language bounds: mask is the kind of the address, or 0 where it is not known
	distance              // something minus a pointer into the frame
	masked                // the stack pointer at entry plus off, and mask
	run                   // the base of the stack plus off: the state of the run is there
	nearRun               // the same plus something, or something else
	state                 // the byte that says what the run is doing
	image                 // the address off in the image's data
	nearImage             // an address behind off in the image's data
	function              // the address of the function at off
	imported              // what the kernel writes to the word at off, which is read-only then
	lost                  // depends on the way, and on one of them it was none of the function's business
)

// value is what is known of 64 bits.
type value struct {
	kind kind
	mask uint32 // of masked; a tag of given
	off  int64
}

// Tags of a given value: from the table of cleanups, from the kernel, or argument n-1, which is still where it was passed.
const (
	fromCleanups = 100
	kernels      = 101 // a pointer that the kernel gave, or what lies behind one; of computed values, too
	firstArg     = 1
)

// cell is a part of the frame of which something is known.
type cell struct {
	at    value // stack or aligned
	size  int64
	value value
}

func (c cell) overlaps(at value, size int64) bool {
	return c.at.kind == at.kind && c.at.off < at.off+size && at.off < c.at.off+c.size
}

// comparison is what the flags hold: the stack pointer at entry plus off was compared.
type comparison struct {
	known bool
	test  bool  // by `test` with the bits that say whether the stack pointer is low
	limit int64 // by `cmp` with this
	off   int64

	numbers, same bool // two numbers were compared, which are the same
}

// frame is the state that is known before an instruction.
type frame struct {
	regs  [16]value
	cells []cell // by address, without overlaps; what is in none is given
	flags comparison

	down    bool  // string instructions go down: the direction flag
	guarded bool  // the stack pointer was looked at
	guard   int64 // how deep it was then, in bytes below the entry
	base    int64 // how deep it is at most where it was aligned
	before  int64 // where it was before it was aligned
	escaped bool  // somebody else may know an address in the frame
	held    bool  // the run's state keeps the watchdog off
}

// saved are the registers that a function gives back as it found them.
var saved = []code.Reg{code.RBX, code.RBP, code.R12, code.R13, code.R14, code.R15}

// arguments are the registers that arguments are in, by their order.
var arguments = []code.Reg{code.RDI, code.RSI, code.RDX, code.RCX, code.R8, code.R9}

// results are the registers that a call may leave something in for its caller.
var results = []code.Reg{code.RAX, code.RDX, code.RCX}

// others are those that it leaves something in for nobody.
var others = []code.Reg{code.RSI, code.RDI, code.R8, code.R9, code.R10, code.R11}

// enter is the state at the start of a function that takes arguments.
func enter(args int) *frame {
	s := &frame{}
	for r := range s.regs {
		s.regs[r] = value{kind: foreign, off: int64(r)}
	}
	for n, r := range arguments[:args] {
		s.regs[r] = value{kind: given, mask: uint32(firstArg + n)}
	}
	if args == 1 {
		s.regs[code.RDI].mask = kernels
	}
	s.regs[code.RSP] = value{kind: stack}
	return s
}

func (s *frame) clone() *frame {
	c := *s
	c.cells = slices.Clone(s.cells)
	return &c
}

// depth is how far below the entry a stack address is, at most.
func (s *frame) depth(v value) int64 {
	if v.kind == aligned {
		return s.base - v.off
	}
	return -v.off
}

// meet weakens s to what holds in o as well. It tells whether s has changed, and whether the two agree about the stack
// pointer and the direction flag.
func (s *frame) meet(o *frame) (changed, agree bool) {
	if s.regs[code.RSP] != o.regs[code.RSP] || s.down != o.down || s.regs[code.RSP].kind == aligned && s.before != o.before {
		return false, false
	}
	for r := range s.regs {
		if v := s.either(s.regs[r].unless(o.regs[r], r), o.regs[r].unless(s.regs[r], r)); v != s.regs[r] {
			s.regs[r], changed = v, true
		}
	}
	changed = s.meetCells(o) || changed
	if s.flags != (comparison{}) && s.flags != o.flags {
		s.flags, changed = comparison{}, true
	}
	if s.guarded && !o.guarded {
		s.guarded, s.guard, changed = false, 0, true
	}
	if s.guarded && o.guard < s.guard {
		s.guard, changed = o.guard, true
	}
	if o.base > s.base {
		s.base, changed = o.base, true
	}
	if o.escaped && !s.escaped || o.held && !s.held {
		s.escaped, s.held, changed = s.escaped || o.escaped, s.held || o.held, true
	}
	return changed, true
}

// unless is v, but for a register that nothing was written to on one way, where something was on the other: compilers leave
// undefined what is not used on that way.
func (v value) unless(o value, r int) value {
	if v == (value{kind: foreign, off: int64(r)}) && v != o {
		return value{}
	}
	return v
}

// meetCells keeps of the frame what is known either way.
func (s *frame) meetCells(o *frame) bool {
	var all []cell
	add := func(c cell) {
		if c.value.kind != given || c.size != 8 {
			all = append(all, c)
		}
	}
	i, j := 0, 0
	for i < len(s.cells) || j < len(o.cells) {
		switch {
		case j == len(o.cells) || i < len(s.cells) && before(s.cells[i], o.cells[j]) && !s.cells[i].overlaps(o.cells[j].at, o.cells[j].size):
			c := s.cells[i]
			c.value = s.either(c.unless(false), value{kind: given})
			add(c)
			i++
		case i == len(s.cells) || before(o.cells[j], s.cells[i]) && !s.cells[i].overlaps(o.cells[j].at, o.cells[j].size):
			c := o.cells[j]
			c.value = s.either(value{kind: given}, c.unless(false))
			add(c)
			j++
		default:
			c, d := s.cells[i], o.cells[j]
			switch {
			case c.at == d.at && c.size == d.size:
				c.value = s.either(c.unless(d.undefined()), d.unless(c.undefined()))
				i, j = i+1, j+1
			case d.undefined() && d.contains(c):
				c.value = s.written(c)
				i, j = i+1, o.behind(c, j)
			case c.undefined() && c.contains(d):
				d.value = s.written(d)
				i, j, c = s.behind(d, i), j+1, d
			default:
				// Parts of another kind on each way: one cell of all that overlap.
				v, end := s.mixed(c.value, d.value), max(c.at.off+c.size, d.at.off+d.size)
				c.at.off = min(c.at.off, d.at.off)
				for i, j = i+1, j+1; ; {
					if i < len(s.cells) && s.cells[i].at.kind == c.at.kind && s.cells[i].at.off < end {
						v, end = s.mixed(v, s.cells[i].value), max(end, s.cells[i].at.off+s.cells[i].size)
						i++
					} else if j < len(o.cells) && o.cells[j].at.kind == c.at.kind && o.cells[j].at.off < end {
						v, end = s.mixed(v, o.cells[j].value), max(end, o.cells[j].at.off+o.cells[j].size)
						j++
					} else {
						break
					}
				}
				c.size, c.value = end-c.at.off, v
			}
			add(c)
		}
	}
	if slices.Equal(all, s.cells) {
		return false
	}
	s.cells = all
	return true
}

// part marks, as a lost value, what is left of an undefined cell that was written to in part.
const part = 1

// undefined tells whether the cell holds a register that nothing was written to, and that need not be kept, or a part of it: it was pushed to make
// room, and what is written there on one way is known by that, as with registers.
func (c cell) undefined() bool {
	return c.size == 8 && c.value.kind == foreign && !slices.Contains(saved, code.Reg(c.value.off)) || c.value == value{kind: lost, mask: part}
}

// unless is what the cell holds where another way has written to it, if it is undefined and the other one is not.
func (c cell) unless(undefined bool) value {
	if c.undefined() && !undefined {
		return value{}
	}
	return c.value
}

// written is what a cell holds that is within an undefined one of another way.
func (s *frame) written(c cell) value {
	if c.undefined() {
		return c.value
	}
	return s.either(value{}, c.value)
}

func (c cell) contains(d cell) bool {
	return c.at.kind == d.at.kind && c.at.off <= d.at.off && d.at.off+d.size <= c.at.off+c.size
}

// behind is the index of the cell to go on with behind c: n, or the next one where cell n ends with c.
func (s *frame) behind(c cell, n int) int {
	if d := s.cells[n]; d.at.off+d.size <= c.at.off+c.size {
		return n + 1
	}
	return n
}

func before(a, b cell) bool {
	return a.at.kind < b.at.kind || a.at.kind == b.at.kind && a.at.off < b.at.off
}

// mixed is what parts of two values make.
func (s *frame) mixed(a, b value) value {
	if s.secret(a) || s.secret(b) {
		return value{kind: lost}
	}
	return value{}
}

// either is what is known of a value that is one of two.
func (s *frame) either(a, b value) value {
	if a == b {
		return a
	}
	// What was looked at the state with, and what a call has left of an address: neither is one afterwards, nor does it become one.
	if scrap := bitsOf(0, 0); a == scrap && (b.inRun() || s.plain(b)) || b == scrap && (a.inRun() || s.plain(a)) {
		return scrap
	}
	if a.inRun() || b.inRun() {
		if (a.inRun() || s.plain(a)) && (b.inRun() || s.plain(b)) {
			return s.eitherRun(a, b)
		}
		return value{kind: lost}
	}
	if a.kind == state && b.kind == state {
		return value{kind: state, mask: max(a.mask, b.mask)}
	}
	if s.secret(a) || s.secret(b) {
		return value{kind: lost}
	}
	if a.inFrame() || b.inFrame() {
		if a.kind == distance || b.kind == distance {
			return value{kind: lost}
		}
		if x, y := a.base(), b.base(); x == y {
			return value{kind: near, mask: uint32(x.kind), off: x.off}
		}
		return value{kind: near}
	}
	callable := func(v value) bool { return v.kind == given || v.kind == function || v.kind == imported }
	switch {
	case a.kind == distance || b.kind == distance:
		return value{kind: distance}
	case callable(a) && callable(b):
		return value{kind: given}
	case a.kind == nearImage && b.kind == image, a.kind == nearImage && b.kind == nearImage:
		return a
	case a.kind == image && (b.kind == image || b.kind == nearImage):
		return value{kind: nearImage, off: b.off}
	}
	return value{}
}

// plain tells whether v can be a pointer that the language made.
func (s *frame) plain(v value) bool {
	switch v.kind {
	case unknown, given, number, image, nearImage:
		return true
	case stack, aligned, near:
		return !s.secret(v)
	}
	return false
}

// eitherRun is a pointer to the state of the run at one place or another, or to something else.
func (s *frame) eitherRun(a, b value) value {
	if a.counted() && b.counted() {
		return value{kind: nearRun, mask: element, off: runState + runTable}
	}
	return value{kind: nearRun, off: runState}
}

// element marks a pointer into the run's state to which something unknown was added.
const element = 1

// counted tells whether v can be where a loop over the table of cleanups begins: an entry before it, perhaps.
func (v value) counted() bool {
	return v.lendable() || v.off >= runState+runTable-cleanup && v.off < runState+runTable
}

// lendable tells whether v, if it is a pointer into the run's state, is one to what programs share with the kernel.
func (v value) lendable() bool {
	return !v.inRun() || v.mask == element || v.off >= runState+runTable && v.off <= runState+runSize
}

// inRun tells whether v is an address in the state of the run.
func (v value) inRun() bool { return v.kind == run || v.kind == nearRun }

// inFrame tells whether v is an address in the function's frame.
func (v value) inFrame() bool { return v.kind == stack || v.kind == aligned || v.kind == near }

// top is the end of what the function may lend of its frame: saved registers and the return address lie above it.
func (s *frame) top() int64 {
	top := int64(0)
	for _, c := range s.cells {
		if c.at.kind == stack && c.keeps() {
			top = min(top, c.at.off)
		}
	}
	return top
}

// keeps tells whether the cell holds a register for the caller.
func (c cell) keeps() bool {
	return c.size == 8 && c.value.kind == foreign && slices.Contains(saved, code.Reg(c.value.off))
}

// base is the stack address to which a pointer into the frame adds something.
func (v value) base() value {
	if v.kind == near {
		return value{kind: kind(v.mask), off: v.off}
	}
	return v
}

// slack is how far below the frame the base of an indexed access may lie: compilers count from 1, too.
const slack = 128

// within tells whether a stack address is one that the function may lend, give or take some bytes below.
func (s *frame) within(v value, slack int64) bool {
	sp := s.regs[code.RSP]
	switch {
	case v.kind == stack && sp.kind == stack:
		return v.off >= sp.off-slack && v.off <= s.top() && sp.off < s.top()
	case v.kind == stack && sp.kind == aligned:
		return v.off >= s.before-slack && v.off <= s.top()
	}
	return v.kind == aligned && sp.kind == aligned && v.off >= sp.off-slack && v.off <= 0 && sp.off < 0
}

// above tells whether v is an address of the stack where saved registers and the return address are, or above.
func (s *frame) above(v value) bool {
	return v.kind == stack && v.off > s.top() || v.kind == aligned && v.off > 0
}

// secret tells whether v is nothing that may leave the function, nor be computed with.
func (s *frame) secret(v value) bool {
	switch v.kind {
	case foreign, lost:
		return true
	case state:
		return v.mask != 0
	case stack, aligned:
		return !s.within(v, 0)
	case near:
		return v.mask != 0 && !s.within(v.base(), slack)
	case run, nearRun:
		return !v.lendable()
	}
	return false
}

// find returns the index of the first cell that does not end before a stack address.
func (s *frame) find(at value) int {
	i, _ := slices.BinarySearchFunc(s.cells, at, func(c cell, at value) int {
		if c.at.kind != at.kind {
			return cmp.Compare(c.at.kind, at.kind)
		}
		if c.at.off+c.size <= at.off {
			return -1
		}
		return 1
	})
	return i
}

// load returns what is known of size bytes at a stack address.
func (s *frame) load(at value, size int64) value {
	i := s.find(at)
	if i == len(s.cells) || !s.cells[i].overlaps(at, size) {
		return value{kind: given}
	}
	c := s.cells[i]
	if c.at == at && c.size == size {
		return c.value
	}
	if c.value.kind == number && at.off >= c.at.off && at.off+size <= c.at.off+c.size {
		return low(value{kind: number, off: c.value.off >> (8 * (at.off - c.at.off))}, int(size))
	}
	v := value{}
	for ; i < len(s.cells) && s.cells[i].overlaps(at, size); i++ {
		v = s.mixed(v, s.cells[i].value)
	}
	return v
}

// store notes that size bytes at a stack address hold v now.
func (s *frame) store(at value, size int64, v value) {
	i := s.find(at)
	j := i
	var rest []cell
	for ; j < len(s.cells) && s.cells[j].overlaps(at, size); j++ {
		// What is left of a value is a part of it.
		c := s.cells[j]
		left := s.mixed(c.value, c.value)
		if c.undefined() {
			left.mask = part
		}
		if c.at.off < at.off {
			rest = append(rest, cell{c.at, at.off - c.at.off, left})
		}
		if end := c.at.off + c.size; end > at.off+size {
			rest = append(rest, cell{value{kind: at.kind, off: at.off + size}, end - at.off - size, left})
		}
	}
	if v.kind != given || size%8 != 0 || v.mask != 0 {
		rest = append(rest, cell{at, size, v})
		slices.SortFunc(rest, func(a, b cell) int { return cmp.Compare(a.at.off, b.at.off) })
	}
	s.cells = slices.Replace(s.cells, i, j, rest...)
}

// release forgets what lies below the stack pointer.
func (s *frame) release() {
	sp := s.regs[code.RSP]
	s.cells = slices.DeleteFunc(s.cells, func(c cell) bool {
		if sp.kind == stack && c.at.kind == aligned {
			return true
		}
		return c.at.kind == sp.kind && c.at.off < sp.off
	})
}

// disturb notes that somebody else may have written to what is known in the frame.
func (s *frame) disturb() {
	kept := s.cells[:0]
	for _, c := range s.cells {
		switch c.value.kind {
		case stack, aligned:
			if s.within(c.value, 0) {
				c.value = value{kind: near}
			}
		case unknown, given, number, image, nearImage, function, imported, masked, state:
			continue
		}
		kept = append(kept, c)
	}
	s.cells = kept
}
