package stack

import (
	"rex/toolchain/object"
	"rex/toolchain/object/code"
)

// reserve holds what is used below the last check against what is set aside.
func (a *analysis) reserve() {
	start, ok := a.handlerStart()
	if !ok {
		return
	}
	if a.handler == nil {
		a.Left = start
		return
	}
	after := a.after()
	if a.unbounded(after) {
		exempt := set{}
		if a.Promise.Promise == object.Depth {
			exempt = a.program // of a depth that is known
		}
		a.guards(after, a.panic, exempt)
		if len(a.Refusals) > 0 {
			return
		}
	}
	d := after.depths(false)
	if a.check != nil {
		// In a panic, a check that does not pass goes to the kernel and not to the handler again.
		d.known[a.check] = a.before().depths(true).below(a.check)
	}
	handler := d.below(a.handler)
	if handler.cycle != nil {
		a.refuse(a.handler, "a panic may go on forever, and none of these functions looks at the stack pointer: %s", loop(handler.cycle))
		return
	}
	a.Left = start - handler.bytes - 8
	for _, f := range a.graph.Text.Functions {
		if !a.panic[f] {
			continue
		}
		e := d.behind(f)
		if e.cycle != nil {
			a.refuse(f, "in a panic it calls %s, and none of these functions looks at the stack pointer", loop(e.cycle))
			return
		}
		a.Left = min(a.Left, last-e.bytes)
	}
	if a.Left < landing {
		a.refuse(a.handler, "a panic may use all but %d bytes of the stack, and the kernel needs %d to end it", a.Left, landing)
	}
}

// handlerStart is the lowest place in the stack where the panic handler may be entered.
func (a *analysis) handlerStart() (int64, bool) {
	before := a.before()
	start := int64(size - top)
	switch a.Promise.Promise {
	case object.Depth:
		for _, p := range a.Programs {
			start = min(start, size-top-p.Bytes)
		}
	case object.Frame:
		d := before.depths(false)
		for _, f := range a.entries {
			e := d.below(f)
			if e.cycle != nil {
				a.refuse(f, "none of these functions looks at the stack pointer: %s", loop(e.cycle))
				return 0, false
			}
			start = min(start, size-top-8-e.bytes)
		}
		for _, f := range a.graph.Text.Functions {
			if !a.program[f] {
				continue
			}
			e := d.behind(f)
			if e.cycle != nil {
				a.refuse(f, "it calls %s, and none of these functions looks at the stack pointer", loop(e.cycle))
				return 0, false
			}
			if e.bytes > a.Unchecked {
				a.Unchecked, a.Chain = e.bytes, e.steps()
			}
		}
		start = min(start, reserve-a.Unchecked)
	}
	for _, f := range []*code.Function{a.check, a.timeout} {
		if f == nil {
			continue
		}
		e := before.depths(true).below(f)
		if e.cycle != nil {
			a.refuse(f, "the way to the panic handler is a loop: %s", loop(e.cycle))
			return 0, false
		}
		if f == a.timeout {
			start -= interrupt + 8 + e.bytes // time may be up anywhere
		}
	}
	return start, true
}

// unbounded tells whether a panic may go as deep as it likes.
func (a *analysis) unbounded(after *region) bool {
	if f, _ := after.indirect(a.panic); f != nil {
		return true
	}
	d := after.depths(true)
	return d.below(a.handler).cycle != nil
}
