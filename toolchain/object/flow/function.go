// Package flow follows the code of an object through every path: how each function moves the stack pointer, whom it
// calls, and whether it looks at the stack pointer before it does.
package flow

import (
	"fmt"

	"golang.org/x/arch/x86/x86asm"

	"rex/toolchain/object/code"
)

// CheckStack is the runtime's answer to a stack pointer that is too low.
const CheckStack = "__rex_check_stack"

// LandingPad is the import that never returns.
const LandingPad = "rex_landingpad"

// limit is where the part of the stack that is set aside ends, as an offset in the stack.
const limit = 0x4000

// Call is an edge of the call graph.
type Call struct {
	Inst     code.Inst
	To       *code.Function // nil for an import and for an indirect call
	Import   string
	Indirect bool
	Tail     bool  // a jump: the frame is gone
	Depth    int64 // bytes from the caller's entry down to the stack pointer before the call
	Guarded  bool  // the caller has looked at the stack pointer before
	Guard    int64 // how deep that was
}

// Function is what a function does.
type Function struct {
	*code.Function
	Frame   int64 // bytes below the return address, at most
	Before  int64 // the same, before the function has looked at the stack pointer
	After   int64 // bytes below where it has looked, at most
	Calls   []Call
	Returns bool

	refusals []*code.Refusal
	waiting  []*code.Function // callees that are not known to return
	reached  map[uint64]bool  // instructions
}

// walk is one pass over all paths of a function.
type walk struct {
	graph  *Graph
	f      *Function
	states map[uint64]*state
	work   []uint64
	calls  map[uint64]int // index in f.Calls
}

// follow goes through f as far as the functions it calls are known to return.
func (g *Graph) follow(f *code.Function) *Function {
	w := &walk{graph: g, f: &Function{Function: f, reached: map[uint64]bool{}}, states: map[uint64]*state{}, calls: map[uint64]int{}}
	w.reach(code.Inst{}, f.Start, enter())
	for len(w.work) > 0 && len(w.f.refusals) == 0 && g.steps < g.budget {
		at := w.work[len(w.work)-1]
		w.work = w.work[:len(w.work)-1]
		w.block(at, w.states[at].clone())
	}
	// One fault is enough: callers are not to suffer from it.
	w.f.Returns = w.f.Returns || len(w.f.refusals) > 0
	return w.f
}

// reach notes that control comes to addr with a state.
func (w *walk) reach(from code.Inst, addr uint64, s *state) {
	if !w.graph.Text.IsInstruction(w.f.Function, addr) {
		w.refuse(from, "it leads to %#x, where no instruction of the function starts", addr)
		return
	}
	old := w.states[addr]
	if old == nil {
		w.states[addr] = s
		w.work = append(w.work, addr)
		return
	}
	changed, agree := old.meet(s)
	if !agree {
		w.refuse(from, "the stack pointer, or the direction flag, at %#x depends on the way there", addr)
	}
	if changed {
		w.work = append(w.work, addr)
	}
}

// block follows straight code from at on.
func (w *walk) block(at uint64, s *state) {
	for first := true; ; first = false {
		if !first && (w.graph.Text.IsLeader(w.f.Function, at) || w.states[at] != nil) {
			w.reach(code.Inst{Addr: at}, at, s)
			return
		}
		inst, err := w.graph.Text.At(at)
		if err != nil || inst.Fault() != "" {
			return // the sweep has refused it
		}
		w.graph.steps++
		w.f.reached[at] = true
		ends := w.control(inst, s)
		if len(w.f.refusals) > 0 || ends {
			return
		}
		at = inst.Next()
		if at >= w.f.End {
			w.refuse(inst, "control runs out of the function behind it")
			return
		}
	}
}

// control follows one instruction. It tells whether the next one is not reached from it.
func (w *walk) control(inst code.Inst, s *state) bool {
	target, direct := inst.Target()
	switch {
	case inst.Op == x86asm.RET:
		w.leave(inst, s)
		w.f.Returns = true
		return true
	case inst.Op == x86asm.CALL:
		return w.call(inst, s, false)
	case inst.Op == x86asm.JMP && direct && target >= w.f.Start && target < w.f.End:
		w.reach(inst, target, s)
		return true
	case inst.Op == x86asm.JMP:
		w.tail(inst, s)
		return true
	case inst.Jumps():
		taken, not := s.clone(), s
		s.branch(inst, taken, not)
		if target >= w.f.Start && target < w.f.End {
			w.reach(inst, target, taken)
		} else {
			w.tail(inst, taken)
		}
		return false
	}
	w.operands(inst, s)
	if len(w.f.refusals) == 0 {
		w.step(inst, s)
	}
	w.measure(s)
	return false
}

// tail follows a jump out of the function: a call whose frame is gone, which returns for it.
func (w *walk) tail(inst code.Inst, s *state) {
	w.leave(inst, s)
	if !w.call(inst, s, true) {
		w.f.Returns = true
	}
}

// leave checks that the caller gets back what it had.
func (w *walk) leave(inst code.Inst, s *state) {
	if s.down {
		w.refuse(inst, "the direction flag is set, and whoever runs next relies on that it is not")
		return
	}
	if s.regs[rsp] != (value{kind: stack}) {
		w.refuse(inst, "the stack pointer is not where it was when the function was entered")
		return
	}
	for _, r := range saved {
		if s.regs[r] != (value{kind: entry, off: int64(r)}) {
			w.refuse(inst, "register %s does not hold what the caller left in it", names[r])
			return
		}
	}
}

var names = [16]string{"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15"}

// call notes an edge of the call graph. It tells whether the callee never returns.
func (w *walk) call(inst code.Inst, s *state, tail bool) bool {
	c := Call{Inst: inst, Tail: tail, Depth: s.depth(s.regs[rsp]), Guarded: s.guarded, Guard: s.guard}
	if s.down {
		w.refuse(inst, "the direction flag is set, and whoever runs next relies on that it is not")
		return true
	}
	if !w.callee(inst, s, &c) {
		return true
	}
	if s.regs[rsp].off%8 != 0 {
		w.refuse(inst, "the stack pointer is no multiple of 8 here")
		return true
	}
	if i, seen := w.calls[inst.Addr]; seen {
		w.f.Calls[i] = c // the state was weakened
	} else {
		w.calls[inst.Addr] = len(w.f.Calls)
		w.f.Calls = append(w.f.Calls, c)
	}
	if c.Import == LandingPad {
		return true
	}
	if c.To != nil && !w.graph.returns(c.To) && !w.graph.assumed[inst.Addr] {
		w.f.waiting = append(w.f.waiting, c.To)
		return true
	}
	for _, r := range scratch {
		s.regs[r] = value{}
	}
	s.flags = comparison{}
	s.release()
	if c.To != nil && c.To.Name == CheckStack {
		s.guarded, s.guard = true, c.Depth
	}
	return false
}

// callee finds out whom a call or jump leads to.
func (w *walk) callee(inst code.Inst, s *state, c *Call) bool {
	text := w.graph.Text
	if target, direct := inst.Target(); direct {
		c.To = text.Starting(target)
		if c.To == nil {
			w.refuse(inst, "it leads to %#x, where no function starts", target)
		}
		return c.To != nil
	}
	v := value{}
	switch a := inst.Args[0].(type) {
	case x86asm.Reg:
		if r, size := number(a); size == 8 {
			v = s.regs[r]
		}
	case x86asm.Mem:
		v = w.loaded(inst, a, s)
	}
	switch v.kind {
	case slot:
		r, _ := text.Object.Slot(uint64(v.off))
		c.Import, c.To = r.Import, text.Starting(r.Target)
		if r.Import != "" {
			c.To = nil
		} else if c.To == nil {
			w.refuse(inst, "it leads to %#x, where no function starts", r.Target)
			return false
		}
	case function:
		c.To = text.Starting(uint64(v.off))
	default:
		c.Indirect = true
		if inst.Op == x86asm.JMP {
			w.refuse(inst, "it jumps to wherever a register or memory says, which cannot be bounded")
			return false
		}
	}
	return true
}

// measure notes how deep the stack pointer is.
func (w *walk) measure(s *state) {
	if sp := s.regs[rsp]; sp.kind == stack || sp.kind == aligned {
		w.deepen(s, s.depth(sp))
	}
}

func (w *walk) deepen(s *state, depth int64) {
	w.f.Frame = max(w.f.Frame, depth)
	if s.guarded {
		w.f.After = max(w.f.After, depth-s.guard)
	} else {
		w.f.Before = max(w.f.Before, depth)
	}
}

// unreached returns an instruction of the function that no path leads to and that is more than padding, or nil.
func (f *Function) unreached(text *code.Text) *code.Inst {
	for at := f.Start; at < f.End; {
		inst, err := text.At(at)
		if err != nil {
			return &inst
		}
		if !f.reached[at] && inst.Op != x86asm.NOP {
			return &inst
		}
		at = inst.Next()
	}
	return nil
}

// endsBefore returns the calls of what never returns with code behind them that nothing else leads to.
func (f *Function) endsBefore(text *code.Text) []uint64 {
	var before code.Inst
	var calls []uint64
	for at := f.Start; at < f.End && len(f.refusals) == 0; {
		inst, err := text.At(at)
		if err != nil {
			return nil
		}
		if !f.reached[at] && f.reached[before.Addr] && before.Op == x86asm.CALL && inst.Op != x86asm.NOP {
			calls = append(calls, before.Addr)
		}
		before, at = inst, inst.Next()
	}
	return calls
}

func (w *walk) refuse(inst code.Inst, format string, args ...any) {
	w.f.refusals = append(w.f.refusals, code.NewRefusal(w.f.Function, &inst, "%s", fmt.Sprintf(format, args...)))
}
