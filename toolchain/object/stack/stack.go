// Package stack computes how deep the programs of an object go, and holds it against what the object promises and
// against the stack that the kernel gives them (docs/abi.md, sections 4 and 7).
package stack

import (
	"fmt"
	"strings"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// Functions of the runtime crate, by the names that the compiler and the kernel know them by.
const (
	panicHandler = "rust_begin_unwind"
)

// The stack, in bytes.
const (
	size       = 0x8000
	reserve    = 0x4000 // set aside for helpers and panics: a check ends a program that comes here
	last       = 0x1000 // of the reserve: a check ends a panic that comes here
	top        = 16     // the kernel's link to the stack that it left
	interrupt  = 16     // that an interrupt may align away before it sends a program to the time-out entry
	landing    = 0x400  // what the kernel must find when a program lands
	depthLimit = size - reserve
	frameLimit = 0x1000
	nestLimit  = 3 // calls that may follow each other below a function that does not look at the stack pointer
)

// Step is a function on a chain of calls.
type Step struct {
	Function string `json:"function"`
	Bytes    int64  `json:"bytes"` // from its entry to its call of the next one, that call's return address included
}

// Program is how deep a program goes.
type Program struct {
	Name  string `json:"name"`
	Bytes int64  `json:"bytes,omitempty"` // its return address included; 0: run-time checks bound it
	Chain []Step `json:"chain,omitempty"` // the calls by which it goes there
}

// Report is what is known of an object's stack.
type Report struct {
	Promise   object.Note
	Programs  []Program
	Unchecked int64           // most bytes from one look at the stack pointer to the next
	Chain     []Step          // the calls by which they are used
	Left      int64           // bytes that are left for the kernel when a panic lands at its deepest
	Reached   map[string]bool // functions that run, by name
	Refusals  []*code.Refusal
}

// analysis is the work of one report.
type analysis struct {
	*Report
	object  *object.Object
	graph   *flow.Graph
	entries []*code.Function
	timeout *code.Function
	check   *code.Function
	handler *code.Function
	pointer *flow.Function

	program, panic, way set
}

// Check computes a report.
func Check(g *flow.Graph) *Report {
	a := &analysis{Report: &Report{Promise: g.Text.Object.Note, Reached: map[string]bool{}}, object: g.Text.Object, graph: g, pointer: through(g.Text)}
	a.find()
	if len(a.Refusals) > 0 {
		return a.Report
	}
	a.divide()
	switch a.Promise.Promise {
	case object.Depth:
		a.depth()
	case object.Frame:
		a.frames()
	}
	if len(a.Refusals) == 0 {
		a.reserve()
	}
	return a.Report
}

// find finds the functions that have a meaning.
func (a *analysis) find() {
	for _, p := range a.object.Programs {
		f := a.graph.Text.Starting(p.Entry)
		if f == nil {
			a.refuse(nil, "program %s starts at %#x, where no function starts", p.Name, p.Entry)
		} else if !f.Endbr64 {
			a.refuse(f, "the program does not start with endbr64, and the kernel calls it through a pointer")
		}
		a.entries = append(a.entries, f)
	}
	for _, addr := range a.object.Timeout {
		if a.timeout = a.graph.Text.Starting(addr); a.timeout == nil {
			a.refuse(nil, "%s is at %#x, where no function starts", object.TimeoutEntry, addr)
		} else if !a.timeout.Endbr64 {
			a.refuse(a.timeout, "it does not start with endbr64, and the kernel goes there through a pointer")
		}
	}
	for _, f := range a.graph.Text.Functions {
		for name, at := range map[string]**code.Function{flow.CheckStack: &a.check, panicHandler: &a.handler} {
			if f.Name != name {
				continue
			}
			if *at != nil {
				a.refuse(f, "there are two functions of this name")
			}
			*at = f
		}
	}
}

// divide finds out which functions run before a panic, and which because of one.
func (a *analysis) divide() {
	before, after := a.before(), a.after()
	a.program = before.reach(a.entries...)
	a.panic = after.reach(a.handler)
	a.way = before.reach(a.check, a.timeout)
	a.way[a.handler] = true
	for _, f := range a.graph.Text.Functions {
		if a.program[f] || a.panic[f] || a.way[f] {
			a.Reached[f.Name] = true
		}
	}
	if f, c := before.indirect(before.reach(a.check, a.timeout)); f != nil {
		a.refuseAt(f, c, "it calls through a pointer on the way to the panic handler, which is not checked")
	}
}

// before are the calls up to the panic handler, after those from there on.
func (a *analysis) before() *region { return &region{a.graph, a.pointer, a.handler} }
func (a *analysis) after() *region  { return &region{a.graph, a.pointer, nil} }

// depth holds the promise of a depth against the code.
func (a *analysis) depth() {
	if a.Promise.Bytes > depthLimit {
		a.refuse(nil, "the object promises a depth of %d bytes; a program has %d", a.Promise.Bytes, depthLimit)
	}
	before := a.before()
	if f, c := before.indirect(a.program); f != nil {
		a.refuseAt(f, c, "the object promises a depth, and calls through a pointer")
		return
	}
	d := before.depths(true)
	for i, p := range a.object.Programs {
		e := d.below(a.entries[i])
		if e.cycle != nil {
			a.refuse(e.cycle[0], "the object promises a depth, and the function calls itself: %s", loop(e.cycle))
			return
		}
		program := Program{p.Name, e.bytes + 8, e.steps()}
		if program.Bytes > min(int64(a.Promise.Bytes), depthLimit) {
			a.refuse(a.entries[i], "the program uses %d bytes of the stack, by way of %s; the object promises %d, and a program has %d",
				program.Bytes, path(program.Chain), a.Promise.Bytes, depthLimit)
		}
		a.Programs = append(a.Programs, program)
	}
}

// frames holds the promise that functions look at the stack pointer against the code.
func (a *analysis) frames() {
	if a.Promise.Bytes > frameLimit {
		a.refuse(nil, "the object promises frames of %d bytes; one may have %d", a.Promise.Bytes, frameLimit)
	}
	for _, f := range a.graph.Text.Functions {
		frame := a.graph.Functions[f].Frame
		if (a.program[f] || a.panic[f] || a.way[f]) && frame > min(int64(a.Promise.Bytes), frameLimit) {
			a.refuse(f, "its frame has %d bytes; the object promises at most %d, and one may have %d", frame, a.Promise.Bytes, frameLimit)
		}
	}
	for _, p := range a.object.Programs {
		a.Programs = append(a.Programs, Program{Name: p.Name})
	}
	a.guards(a.before(), a.program, nil)
}

// guards refuses functions of s that may go deep and have not looked at the stack pointer before: those that call
// through a pointer, that call what does, or from where calls nest further than the limit.
func (a *analysis) guards(r *region, s, exempt set) {
	d := r.depths(true, a.handler, a.check)
	for _, f := range a.graph.Text.Functions {
		if !s[f] || a.way[f] || exempt[f] {
			continue
		}
		for _, c := range a.graph.Functions[f].Calls {
			if c.Guarded || c.Import != "" || c.To == a.check && a.check != nil {
				continue
			}
			if c.Indirect {
				a.refuseAt(f, &c, "it calls through a pointer, and the function has not looked at the stack pointer before")
				return
			}
			e := d.below(c.To)
			if e.cycle != nil || e.nest+1 > nestLimit || !d.stop[c.To] && r.throughPointer(c.To) != nil {
				a.refuseAt(f, &c, "calls go deep from here, and the function has not looked at the stack pointer before")
				return
			}
		}
	}
}

func (a *analysis) refuse(f *code.Function, format string, args ...any) {
	a.Refusals = append(a.Refusals, code.NewRefusal(f, nil, "%s", fmt.Sprintf(format, args...)))
}

func (a *analysis) refuseAt(f *code.Function, c *flow.Call, format string, args ...any) {
	a.Refusals = append(a.Refusals, code.NewRefusal(f, c.Inst, "%s", fmt.Sprintf(format, args...)))
}

func path(chain []Step) string {
	var names []string
	for _, s := range chain {
		names = append(names, s.Function)
	}
	return strings.Join(names, " -> ")
}

func loop(cycle []*code.Function) string {
	var names []string
	for _, f := range append(cycle, cycle[0]) {
		names = append(names, f.Name)
	}
	return strings.Join(names, " -> ")
}
