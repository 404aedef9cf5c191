package flow

import (
	"rex/toolchain/object/code"
)

// between checks what functions pass to each other.
func (g *Graph) between() {
	g.settleUses()
	taken := int64(0) // most bytes of arguments on the stack of what is called through pointers
	for _, f := range g.Text.Functions {
		if f.Taken {
			taken = max(taken, g.Functions[f].Stacked)
		}
	}
	for _, f := range g.Text.Functions {
		known := g.Functions[f]
		if len(known.refusals) > 0 {
			continue
		}
		for n := range known.Calls {
			g.passes(known, &known.Calls[n], taken)
		}
	}
	g.unwatched()
}

// settleUses adds to what a function reads of its arguments what it passes on and others read.
func (g *Graph) settleUses() {
	for changed := true; changed && g.steps < g.budget; {
		changed = false
		for _, f := range g.Text.Functions {
			known := g.Functions[f]
			g.steps += len(known.Calls) / 4
			for _, c := range known.Calls {
				if c.To == nil {
					continue
				}
				for n, passed := range c.passed {
					if more := known.Uses | 1<<n; passed&g.Functions[c.To].Uses != 0 && more != known.Uses {
						known.Uses, changed = more, true
					}
				}
			}
		}
	}
}

// passes checks one call.
func (g *Graph) passes(f *Function, c *Call, taken int64) {
	stacked := int64(0)
	switch {
	case c.Indirect:
		stacked = taken
	case c.To != nil:
		to := g.Functions[c.To]
		stacked = to.Stacked
		for n, r := range arguments {
			if c.secret&to.Uses&(1<<n) != 0 {
				f.refuse(c.Inst, "it passes on in %s what is the kernel's or its caller's, or an address outside of its frame, and %s uses it", r, c.To.Name)
				return
			}
		}
	}
	if stacked > c.room {
		f.refuse(c.Inst, "what it calls reads %d bytes of arguments on the stack, and there are %d", stacked, c.room)
	}
}

func (f *Function) refuse(inst *code.Inst, format string, args ...any) {
	w := walk{f: f}
	if inst == nil {
		inst = &code.Inst{Addr: f.Start}
	}
	w.refuse(inst, format, args...)
}
