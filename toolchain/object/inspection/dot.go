package inspection

import (
	"fmt"
	"io"

	"rex/toolchain/object/stack"
)

// DOT writes the call graph for Graphviz: functions with their frames, imports as boxes, calls through pointers dashed,
// and the deepest chain of calls bold.
func (r *Report) DOT(w io.Writer) error {
	p := &printer{w: w}
	p.line("digraph calls {")
	p.line("  rankdir=LR; node [fontname=monospace];")
	deep := r.deepest()
	imports := map[string]bool{}
	for _, f := range r.Functions {
		if !f.Reached {
			continue
		}
		p.line("  %q [label=%q];", f.Name, fmt.Sprintf("%s\n%d bytes", f.Name, f.Frame))
		for _, c := range f.Calls {
			style := ""
			if deep[[2]string{f.Name, c}] {
				style = " [style=bold color=red]"
			}
			p.line("  %q -> %q%s;", f.Name, c, style)
		}
		if f.Indirect {
			p.line("  %q -> %q [style=dashed];", f.Name, pointer)
		}
		if f.Pointer {
			p.line("  %q -> %q [style=dashed];", pointer, f.Name)
		}
		for _, c := range f.Imports {
			imports[c] = true
			p.line("  %q -> %q;", f.Name, c)
		}
	}
	for _, i := range r.Imports {
		if imports[i.Name] {
			p.line("  %q [shape=box];", i.Name)
		}
	}
	p.line("}")
	return p.err
}

// pointer is the node that stands for calls through pointers.
const pointer = "(a pointer)"

// deepest are the calls of the deepest chains.
func (r *Report) deepest() map[[2]string]bool {
	edges := map[[2]string]bool{}
	add := func(chain []stack.Step) {
		for i := 1; i < len(chain); i++ {
			edges[[2]string{chain[i-1].Function, chain[i].Function}] = true
		}
	}
	for _, p := range r.Programs {
		add(p.Chain)
	}
	if r.Stack != nil {
		add(r.Stack.Chain)
	}
	return edges
}
