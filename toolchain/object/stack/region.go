package stack

import (
	"slices"

	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// set is a set of functions.
type set map[*code.Function]bool

// region is a part of the call graph: what can be reached without passing through cut.
type region struct {
	graph   *flow.Graph
	pointer *flow.Function // stands for a call through a pointer: it calls all that this may lead to
	cut     *code.Function
}

// through returns a function that stands for calls through pointers.
func through(text *code.Text) *flow.Function {
	p := &flow.Function{Function: &code.Function{Name: "(a pointer)"}}
	for _, f := range text.Functions {
		if f.Taken {
			p.Calls = append(p.Calls, flow.Call{To: f, Tail: true})
		}
	}
	return p
}

func (r *region) function(f *code.Function) *flow.Function {
	if f == r.pointer.Function {
		return r.pointer
	}
	return r.graph.Functions[f]
}

// callee is the function that a call leads to; nil for an import.
func (r *region) callee(c flow.Call) *code.Function {
	if c.Indirect {
		return r.pointer.Function
	}
	return c.To
}

func (r *region) reach(roots ...*code.Function) set {
	seen := set{}
	work := slices.Clone(roots)
	for len(work) > 0 {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		if f == nil || f == r.cut || seen[f] {
			continue
		}
		seen[f] = true
		for _, c := range r.function(f).Calls {
			work = append(work, r.callee(c))
		}
	}
	return seen
}

// indirect returns a call of a function of s through a pointer, or nothing.
func (r *region) indirect(s set) (*code.Function, *flow.Call) {
	for _, f := range r.graph.Text.Functions {
		if s[f] {
			if c := r.throughPointer(f); c != nil {
				return f, c
			}
		}
	}
	return nil, nil
}

// throughPointer returns a call of f through a pointer, or nothing.
func (r *region) throughPointer(f *code.Function) *flow.Call {
	for _, c := range r.function(f).Calls {
		if c.Indirect {
			return &c
		}
	}
	return nil
}
