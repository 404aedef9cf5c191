// Package flow follows the code of an object through every path: what is known of each register and of the frame before
// each instruction, how each function moves the stack pointer, whom it calls, and whether it looks at the stack pointer
// before it does.
package flow

import (
	"fmt"
	"maps"
	"slices"

	"rex/toolchain/object/code"
)

// CheckStack is the runtime's answer to a stack pointer that is too low.
const CheckStack = "__rex_check_stack"

// LandingPad is the import that never returns.
const LandingPad = "rex_landingpad"

// PanicHandler is what every panic ends in.
const PanicHandler = "rust_begin_unwind"

// Call is an edge of the call graph.
type Call struct {
	Inst     *code.Inst
	To       *code.Function // nil for an import and for an indirect call
	Import   string
	Indirect bool
	Tail     bool  // a jump: the frame is gone
	Depth    int64 // bytes from the caller's entry down to the stack pointer before the call
	Guarded  bool  // the caller has looked at the stack pointer before
	Guard    int64 // how deep that was

	secret uint8    // arguments that hold what must not leave the function, as bits
	passed [6]uint8 // arguments that hold one of the caller's, by its number: as bits
	room   int64    // bytes of the caller's frame above the stack pointer, which a callee may read as its arguments
	held   bool     // the run's state keeps the watchdog off
	undoes bool     // through a pointer of the table of cleanups
}

// Function is what a function does.
type Function struct {
	*code.Function
	Frame   int64 // bytes below the return address, at most
	Before  int64 // the same, before the function has looked at the stack pointer
	After   int64 // bytes below where it has looked, at most
	Calls   []Call
	Returns bool
	Uses    uint8 // arguments in registers that it reads, as bits
	Stacked int64 // bytes of arguments on the stack that it reads

	refusals []*code.Refusal
	called   []*code.Function // directly
	left     [3]leaving       // in the registers of results
	reached  []bool           // instructions, from the start
	endless  *code.Inst       // an instruction of a loop that may go on forever, or nil
}

// leaving is what a function leaves in a register for its caller, on one way or another.
type leaving uint8

const (
	nothing leaving = iota // what it held before
	result                 // something that may be a result
	scrap                  // a part of what is none of the caller's business, or an address in the frame that is gone
)

// edge is a way from one block to another.
type edge struct {
	from, to uint64
	held     bool
}

// walk is one pass over all paths of a function.
type walk struct {
	graph  *Graph
	f      *Function
	states map[uint64]*frame
	work   []uint64
	calls  map[uint64]int // index in f.Calls
	edges  map[edge]bool
	start  uint64 // of the block

	untaken []way
	refused map[uint64][]*code.Refusal // by the start of their block
}

// follow goes through f as far as the functions it calls are known to return.
func (g *Graph) follow(f *code.Function) *Function {
	w := &walk{
		graph: g, f: &Function{Function: f, reached: make([]bool, f.End-f.Start)}, states: map[uint64]*frame{}, calls: map[uint64]int{}, edges: map[edge]bool{},
		refused: map[uint64][]*code.Refusal{},
	}
	w.start = f.Start
	w.reach(&code.Inst{}, f.Start, enter(g.arguments(f)))
	for g.steps < g.budget && w.next() {
		w.block(w.start, w.states[w.start].clone())
		// What is refused now may be known less well, and allowed, when all ways to the block were followed.
		w.refused[w.start], w.f.refusals = w.f.refusals, nil
	}
	for _, start := range slices.Sorted(maps.Keys(w.refused)) {
		w.f.refusals = append(w.f.refusals, w.refused[start]...)
	}
	if len(w.f.refusals) == 0 {
		w.loops()
	}
	// One fault is enough: callers are not to suffer from it.
	w.f.Returns = w.f.Returns || len(w.f.refusals) > 0
	return w.f
}

// arguments is how many arguments in registers a function has, at most: the kernel gives a program one.
func (g *Graph) arguments(f *code.Function) int {
	o := g.Text.Object
	for _, p := range o.Programs {
		if p.Entry == f.Start {
			return 1
		}
	}
	if slices.Contains(o.Timeout, f.Start) {
		return 0
	}
	return len(arguments)
}

// reach notes that control comes to addr with a state.
func (w *walk) reach(from *code.Inst, addr uint64, s *frame) {
	if !w.graph.Text.IsInstruction(w.f.Function, addr) {
		w.refuse(from, "it leads to %#x, where no instruction of the function starts", addr)
		return
	}
	if from.Len() > 0 || addr != w.start {
		w.edges[edge{w.start, addr, s.held}] = true
	}
	old := w.states[addr]
	if old == nil {
		w.states[addr] = s
		w.work = append(w.work, addr)
		return
	}
	w.graph.steps += (len(s.cells) + len(old.cells)) / 16
	changed, agree := old.meet(s)
	if !agree {
		w.refuse(from, "the stack pointer, or the direction flag, at %#x depends on the way there", addr)
	}
	if changed {
		w.work = append(w.work, addr)
	}
}

// block follows straight code from at on.
func (w *walk) block(at uint64, s *frame) {
	for first := true; ; first = false {
		if !first && (w.graph.Text.IsLeader(w.f.Function, at) || w.states[at] != nil) {
			w.reach(&code.Inst{Addr: at}, at, s)
			return
		}
		inst, err := w.graph.Text.At(at)
		if err != nil {
			return // the sweep has refused it
		}
		w.graph.steps++
		w.f.reached[at-w.f.Start] = true
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
func (w *walk) control(inst *code.Inst, s *frame) bool {
	target, direct := inst.Target()
	switch {
	case inst.Op == "ret":
		w.leave(inst, s)
		for n, r := range results {
			w.f.left[n] = max(w.f.left[n], s.leaves(s.regs[r], r))
		}
		w.f.Returns = true
		return true
	case inst.Op == "ud2":
		return true // the kernel ends the program
	case inst.Op == "call":
		return w.call(inst, s, false)
	case inst.Op == "jmp" && direct && target >= w.f.Start && target < w.f.End:
		// Without optimization there is code behind jumps that nothing leads to: the other way of a condition that is always true.
		w.later(inst, inst.Next(), s.clone())
		w.reach(inst, target, s)
		return true
	case inst.Op == "jmp":
		w.tail(inst, s)
		return true
	case inst.Jumps():
		w.fork(inst, s, target)
		return true
	}
	w.step(inst, s)
	w.measure(s)
	return false
}

// fork follows a conditional jump both ways, or the one that is known to be taken.
func (w *walk) fork(inst *code.Inst, s *frame, target uint64) {
	taken, not := s.clone(), s
	s.branch(inst, taken, not)
	jumps, known := s.flags.decides(inst)
	switch {
	case target < w.f.Start || target >= w.f.End:
		w.tail(inst, taken)
	case known && !jumps:
		w.later(inst, target, taken)
	default:
		w.reach(inst, target, taken)
	}
	switch {
	case inst.Next() >= w.f.End:
		w.refuse(inst, "control runs out of the function behind it")
	case known && jumps:
		w.later(inst, inst.Next(), not)
	default:
		w.reach(inst, inst.Next(), not)
	}
}

// later keeps a way that is not taken: it is followed if nothing else leads there.
func (w *walk) later(inst *code.Inst, addr uint64, s *frame) {
	w.untaken = append(w.untaken, way{w.start, inst, addr, s})
}

// way is one from a block to another.
type way struct {
	block uint64
	from  *code.Inst
	addr  uint64
	state *frame
}

// next takes the next block that is to be followed.
func (w *walk) next() bool {
	for len(w.work) == 0 && len(w.untaken) > 0 {
		u := w.untaken[0]
		w.untaken = w.untaken[1:]
		if at := w.behindPadding(u.addr); at < w.f.End && !w.f.reached[at-w.f.Start] && w.states[at] == nil {
			w.start = u.block
			w.reach(u.from, at, u.state)
		}
	}
	if len(w.work) == 0 {
		return false
	}
	w.start = w.work[len(w.work)-1]
	w.work = w.work[:len(w.work)-1]
	return true
}

// behindPadding is the first instruction from addr on that does something.
func (w *walk) behindPadding(addr uint64) uint64 {
	for addr < w.f.End {
		inst, err := w.graph.Text.At(addr)
		if err != nil || inst.Op != "nop" {
			break
		}
		addr = inst.Next()
		w.graph.steps++
	}
	return addr
}

// tail follows a jump out of the function: a call whose frame is gone, which returns for it.
func (w *walk) tail(inst *code.Inst, s *frame) {
	w.leave(inst, s)
	if !w.call(inst, s, true) {
		w.f.Returns = true
	}
}

// leave checks that the caller gets back what it had.
func (w *walk) leave(inst *code.Inst, s *frame) {
	switch {
	case s.down:
		w.refuse(inst, "the direction flag is set, and whoever runs next relies on that it is not")
	case s.held:
		w.refuse(inst, "the run's state still keeps the watchdog off")
	case s.regs[code.RSP] != value{kind: stack}:
		w.refuse(inst, "the stack pointer is not where it was when the function was entered")
	}
	for _, r := range saved {
		if len(w.f.refusals) == 0 && s.regs[r] != (value{kind: foreign, off: int64(r)}) {
			w.refuse(inst, "register %s does not hold what the caller left in it", r)
		}
	}
}

// leaves tells what a register is to the caller.
func (s *frame) leaves(v value, r code.Reg) leaving {
	switch {
	case v == value{kind: foreign, off: int64(r)}:
		return nothing
	case v.inFrame(), v.kind == masked, s.secret(v):
		return scrap
	}
	return result
}

// take gives the registers of results what a callee has left there.
func (w *walk) take(s *frame, c *Call) {
	for n, r := range results {
		left := result
		switch {
		case c.To != nil && w.graph.returns(c.To):
			left = w.graph.Functions[c.To].left[n]
		case c.Import != "" && r != code.RAX: // the kernel's functions return 64 bits
			left = nothing
		}
		switch left {
		case nothing:
			s.regs[r] = value{kind: foreign, off: int64(r)}
		case scrap:
			s.regs[r] = bitsOf(0, 0)
		default:
			s.regs[r] = value{kind: given}
			if c.Import != "" {
				s.regs[r].mask = kernels
			}
		}
		if c.Tail {
			w.f.left[n] = max(w.f.left[n], left)
		}
	}
}

// call notes an edge of the call graph. It tells whether the callee never returns.
func (w *walk) call(inst *code.Inst, s *frame, tail bool) bool {
	sp := s.regs[code.RSP]
	c := Call{Inst: inst, Tail: tail, Depth: s.depth(sp), Guarded: s.guarded, Guard: s.guard, held: s.held}
	if s.down {
		w.refuse(inst, "the direction flag is set, and whoever runs next relies on that it is not")
		return true
	}
	if len(w.f.refusals) > 0 || !w.callee(inst, s, &c) {
		return true
	}
	if sp.off%8 != 0 {
		w.refuse(inst, "the stack pointer is no multiple of 8 here")
		return true
	}
	w.lendArguments(inst, s, &c)
	if i, seen := w.calls[inst.Addr]; seen {
		c.secret |= w.f.Calls[i].secret
		c.held = c.held || w.f.Calls[i].held
		w.f.Calls[i] = c // the state was weakened
	} else {
		w.calls[inst.Addr] = len(w.f.Calls)
		w.f.Calls = append(w.f.Calls, c)
	}
	if c.Import == LandingPad {
		return true
	}
	if c.To != nil {
		w.f.called = append(w.f.called, c.To)
		if !w.graph.returns(c.To) && !w.graph.assumed[inst.Addr] {
			return true
		}
	}
	w.take(s, &c)
	for _, r := range others {
		s.regs[r] = value{kind: foreign, off: int64(r)}
	}
	s.flags = comparison{}
	s.release()
	if s.escaped {
		s.disturb()
	}
	if c.To != nil && c.To.Name == CheckStack {
		s.guarded, s.guard = true, c.Depth
	}
	return false
}

// lendArguments looks at what the registers of arguments hold. Which of them are arguments only the callee knows.
func (w *walk) lendArguments(inst *code.Inst, s *frame, c *Call) {
	for n, r := range arguments {
		v := s.regs[r]
		switch {
		case v.kind == given && v.mask >= firstArg && v.mask < fromCleanups:
			c.passed[v.mask-firstArg] |= 1 << n
		case s.secret(v) && !undefined(v, r):
			c.secret |= 1 << n
		case v.inFrame():
			s.escaped = true
		}
	}
	if sp := s.regs[code.RSP]; sp.kind == aligned {
		c.room = -sp.off
	} else {
		c.room = s.top() - sp.off
	}
	if c.Import != "" {
		w.importArguments(inst, s, c.Import)
	} else if c.To != nil {
		w.memoryArguments(inst, s, c.To.Name)
	} else if c.Indirect {
		w.indirectArguments(inst, s, c.secret)
	}
}

// indirectArguments looks at what is passed to nobody knows whom: the first argument, and any address of the stack above the frame. (With
// an index it may be where a compiler counts from.)
func (w *walk) indirectArguments(inst *code.Inst, s *frame, secret uint8) {
	for n, r := range arguments {
		if v := s.regs[r]; secret&(1<<n) != 0 && (n == 0 || s.above(v)) {
			w.refuse(inst, "argument %d, in %s, is %s", n+1, r, s.secretNoun(v))
			return
		}
	}
}

// undefined tells whether a register that could hold an argument may as well hold just anything: compilers leave those that
// a callee does not read in this case as they are.
func undefined(v value, r code.Reg) bool {
	switch v.kind {
	case lost, state:
		return true
	case foreign:
		return v.off == int64(r)
	case run:
		return v.off == 0 // what the state was looked at with
	}
	return false
}

// callee finds out whom a call or jump leads to.
func (w *walk) callee(inst *code.Inst, s *frame, c *Call) bool {
	text := w.graph.Text
	if target, direct := inst.Target(); direct {
		c.To = text.Starting(target)
		if c.To == nil {
			w.refuse(inst, "it leads to %#x, where no function starts", target)
		}
		return c.To != nil
	}
	w.use(inst, s)
	v := w.read(inst, s, &inst.Args[0])
	if len(w.f.refusals) > 0 {
		return false
	}
	switch v.kind {
	case imported:
		r, _ := text.Object.Slot(uint64(v.off))
		c.Import = r.Import
		if slices.Contains(dataImports, r.Import) {
			w.refuse(inst, "it calls %s, which is a variable of the kernel", r.Import)
			return false
		}
	case function:
		if c.To = text.Starting(uint64(v.off)); c.To == nil {
			w.refuse(inst, "it leads to %#x, where no function starts", uint64(v.off))
			return false
		}
	case image:
		w.refuse(inst, "it leads to %#x, where no function starts", uint64(v.off))
		return false
	case given:
		if v.mask == kernels {
			w.refuse(inst, "it leads to what came from the kernel's memory: a function is called by a pointer that the object made")
			return false
		}
		c.Indirect, c.undoes = true, v.mask == fromCleanups
		if inst.Op == "jmp" {
			w.refuse(inst, "it jumps to wherever a register or memory says, which cannot be bounded")
			return false
		}
		if s.held && !c.undoes {
			w.refuse(inst, "it calls through a pointer while the run's state keeps the watchdog off")
			return false
		}
	default:
		w.refuse(inst, "it leads to what was computed, or put together: a function is called by a pointer that was loaded or passed in one piece")
		return false
	}
	return true
}

// measure notes how deep the stack pointer is.
func (w *walk) measure(s *frame) {
	if sp := s.regs[code.RSP]; sp.kind == stack || sp.kind == aligned {
		w.deepen(s, s.depth(sp))
	}
}

func (w *walk) deepen(s *frame, depth int64) {
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
			return inst
		}
		if !f.reached[at-f.Start] && inst.Op != "nop" {
			return inst
		}
		at = inst.Next()
	}
	return nil
}

// endsBefore returns the calls of what never returns with code behind them that nothing else leads to.
func (f *Function) endsBefore(text *code.Text) []uint64 {
	before := &code.Inst{}
	var calls []uint64
	for at := f.Start; at < f.End && len(f.refusals) == 0; {
		inst, err := text.At(at)
		if err != nil {
			return nil
		}
		if !f.reached[at-f.Start] && before.Op == "call" && f.reached[before.Addr-f.Start] && inst.Op != "nop" {
			calls = append(calls, before.Addr)
		}
		before, at = inst, inst.Next()
	}
	return calls
}

func (w *walk) refuse(inst *code.Inst, format string, args ...any) {
	w.f.refusals = append(w.f.refusals, code.NewRefusal(w.f.Function, inst, "%s", fmt.Sprintf(format, args...)))
}
