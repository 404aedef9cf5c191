package flow

import (
	"golang.org/x/arch/x86/x86asm"
)

// kind says what is known of a value.
type kind uint8

const (
	unknown  kind = iota
	entry         // what register off held when the function was entered
	stack         // the stack pointer at entry plus off
	aligned       // the stack pointer after it was aligned, plus off
	masked        // the stack pointer at entry plus off, and mask
	slot          // what the kernel writes to the word at off, which is read-only then
	function      // the address of the function at off
)

// value is what is known of 64 bits.
type value struct {
	kind kind
	mask uint32
	off  int64
}

// spill is a value that is kept in the frame.
type spill struct {
	at    value // stack or aligned
	value value
}

// maxSpills bounds the values that are followed through the frame.
const maxSpills = 48

// comparison is what the flags hold: the stack pointer at entry plus off was compared.
type comparison struct {
	known bool
	test  bool  // by `test` with the bits that say whether the stack pointer is low
	limit int64 // by `cmp` with this
	off   int64
}

// state is what is known before an instruction.
type state struct {
	regs   [16]value
	spills []spill // sorted by nothing, no two overlap
	flags  comparison

	down    bool  // string instructions go down: the direction flag
	guarded bool  // the stack pointer was looked at
	guard   int64 // how deep it was then, in bytes below the entry
	base    int64 // how deep it is at most where it was aligned
}

// Registers by their numbers.
const (
	rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi = 0, 1, 2, 3, 4, 5, 6, 7
)

// saved are the registers that a function gives back as it found them.
var saved = []int{rbx, rbp, 12, 13, 14, 15}

// scratch are the registers that a call may change.
var scratch = []int{rax, rcx, rdx, rsi, rdi, 8, 9, 10, 11}

// enter is the state at the start of a function.
func enter() *state {
	s := &state{}
	for r := range s.regs {
		s.regs[r] = value{kind: entry, off: int64(r)}
	}
	s.regs[rsp] = value{kind: stack}
	return s
}

func (s *state) clone() *state {
	c := *s
	c.spills = append([]spill(nil), s.spills...)
	return &c
}

// depth is how far below the entry a stack address is, at most.
func (s *state) depth(v value) int64 {
	if v.kind == aligned {
		return s.base - v.off
	}
	return -v.off
}

// meet weakens s to what holds in o as well. It tells whether s has changed, and whether the two agree about the stack
// pointer and the direction flag.
func (s *state) meet(o *state) (changed, agree bool) {
	if s.regs[rsp] != o.regs[rsp] || s.down != o.down {
		return false, false
	}
	for r := range s.regs {
		if s.regs[r] != o.regs[r] && s.regs[r].kind != unknown {
			s.regs[r] = value{}
			changed = true
		}
	}
	kept := s.spills[:0:0]
	for _, p := range s.spills {
		if o.load(p.at) == p.value {
			kept = append(kept, p)
		}
	}
	if len(kept) != len(s.spills) {
		s.spills, changed = kept, true
	}
	if s.flags.known && s.flags != o.flags {
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
	return changed, true
}

// load returns what is known of the 64 bits at a stack address.
func (s *state) load(at value) value {
	for _, p := range s.spills {
		if p.at == at {
			return p.value
		}
	}
	return value{}
}

// store notes that size bytes at a stack address hold v now.
func (s *state) store(at value, size int64, v value) {
	kept := s.spills[:0]
	for _, p := range s.spills {
		if p.at.kind != at.kind || p.at.off+8 <= at.off || at.off+size <= p.at.off {
			kept = append(kept, p)
		}
	}
	s.spills = kept
	if size == 8 && v.kind != unknown && len(s.spills) < maxSpills {
		s.spills = append(s.spills, spill{at, v})
	}
}

// release forgets what lies below the stack pointer.
func (s *state) release() {
	sp := s.regs[rsp]
	kept := s.spills[:0]
	for _, p := range s.spills {
		if p.at.kind != sp.kind || p.at.off >= sp.off {
			kept = append(kept, p)
		}
	}
	s.spills = kept
}

// number returns the number of the register that r is a part of, and how many bytes of it r is.
func number(r x86asm.Reg) (int, int) {
	switch {
	case r >= x86asm.RAX && r <= x86asm.R15:
		return int(r - x86asm.RAX), 8
	case r >= x86asm.EAX && r <= x86asm.R15L:
		return int(r - x86asm.EAX), 4
	case r >= x86asm.AX && r <= x86asm.R15W:
		return int(r - x86asm.AX), 2
	case r >= x86asm.AH && r <= x86asm.BH: // the second byte
		return int(r - x86asm.AH), 1
	case r >= x86asm.SPB && r <= x86asm.DIB:
		return int(r-x86asm.SPB) + rsp, 1
	case r >= x86asm.R8B && r <= x86asm.R15B:
		return int(r-x86asm.R8B) + 8, 1
	case r >= x86asm.AL && r <= x86asm.BL:
		return int(r - x86asm.AL), 1
	}
	return -1, 0
}
