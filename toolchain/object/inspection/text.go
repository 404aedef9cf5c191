package inspection

import (
	"fmt"
	"io"
	"strings"
)

// Text writes the report for a person.
func (r *Report) Text(w io.Writer) error {
	p := &printer{w: w}
	for _, x := range r.Programs {
		p.line("program   %-28s %-44s at %#x", x.Name, x.Section, x.Entry)
	}
	for _, m := range r.Maps {
		p.line("map       %-28s type %d, key %d, value %d, entries %d, flags %#x", m.Name, m.Type, m.Key, m.Value, m.MaxEntries, m.FlagsBits)
	}
	for _, s := range r.Segments {
		p.line("segment   %#08x-%#08x      %s", s.Start, s.End, s.Permissions)
	}
	for _, i := range r.Imports {
		note := ""
		if i.Exported != nil && !*i.Exported {
			note = "the kernel does not export it"
		}
		p.line("import    %-28s %s", i.Name, note)
	}
	if r.NotChecked != "" {
		p.line("unchecked %s", r.NotChecked)
	}
	p.line("signature %s %s", r.Signature.State, r.Signature.Signer)
	r.stack(p)
	r.graph(p)
	for _, x := range r.Refusals {
		p.line("refused   %s", x.Error())
	}
	if r.Accepted {
		p.line("accepted")
	}
	return p.err
}

func (r *Report) stack(p *printer) {
	if r.Stack == nil {
		return
	}
	p.line("")
	if r.Stack.Checks {
		p.line("stack     functions look at the stack pointer; frames have at most %d bytes", r.Stack.Promise)
		p.line("          %d bytes at most from one look to the next:", r.Stack.Unchecked)
		for _, s := range r.Stack.Chain {
			p.line("          %6d  %s", s.Bytes, s.Function)
		}
	} else {
		p.line("stack     programs have at most %d bytes, and nothing is checked at run time", r.Stack.Promise)
	}
	for _, x := range r.Programs {
		if x.Depth == 0 {
			continue
		}
		p.line("          program %s uses %d bytes:", x.Name, x.Depth)
		for _, s := range x.Chain {
			p.line("          %6d  %s", s.Bytes, s.Function)
		}
	}
	p.line("          %d bytes are left for the kernel when a panic lands at its deepest", r.Stack.Left)
}

// graph writes functions with their frames, and whom they call.
func (r *Report) graph(p *printer) {
	if len(r.Functions) == 0 {
		return
	}
	p.line("")
	p.line("frame     function")
	for _, f := range r.Functions {
		var notes []string
		if f.Checks {
			notes = append(notes, "looks at the stack pointer")
		}
		if f.Pointer {
			notes = append(notes, "called through pointers")
		}
		if !f.Reached {
			notes = append(notes, "never runs")
		}
		note := ""
		if len(notes) > 0 {
			note = " (" + strings.Join(notes, ", ") + ")"
		}
		p.line("%6d    %s%s", f.Frame, f.Name, note)
		for _, c := range f.Calls {
			p.line("            -> %s", c)
		}
		if f.Indirect {
			p.line("            -> (a pointer)")
		}
		for _, c := range f.Imports {
			p.line("            -> %s (kernel)", c)
		}
	}
}

// printer keeps the first error of many writes.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}
