// Package inspection checks a whole file as somebody does who trusts neither the compiler nor the linker, and reports
// what is in it.
package inspection

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
	"rex/toolchain/object/reach"
	"rex/toolchain/object/stack"
	"rex/toolchain/object/verdict"
	"rex/toolchain/signing"
	"rex/toolchain/signing/appended"
)

// Kernel is what is known of the kernel that a file is meant for.
type Kernel struct {
	Exports     []string          // what extensions may import; nil if that is not known
	NoExports   string            // why it is not known
	Certificate *x509.Certificate // of the key that it trusts, or nil
}

// File inspects the file at path.
func File(path string, k Kernel) (*Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path)
	}
	b, err := io.ReadAll(io.LimitReader(f, object.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r := Bytes(b, k)
	r.File = path
	return r, nil
}

// Bytes inspects a file that b holds.
func Bytes(b []byte, k Kernel) *Report {
	r := &Report{kernel: k}
	v := verdict.Of(r.signature(b), k.Exports)
	r.Refusals = append(r.Refusals, v.Refusals...)
	if v.Object != nil {
		r.contents(v.Object)
	}
	if v.Stack != nil {
		r.describe(v.Graph, v.Stack)
		r.reach(v.Programs)
	}
	r.Accepted = len(r.Refusals) == 0
	return r
}

// signature judges an appended signature, and returns what precedes it.
func (r *Report) signature(b []byte) []byte {
	content, signature, err := appended.Split(b)
	if err != nil {
		r.Signature = Signature{State: Invalid}
		r.refuse(err)
		return b
	}
	if signature == nil {
		r.Signature = Signature{State: Unsigned}
		return b
	}
	signer, err := signing.Verify(content, signature, r.kernel.Certificate)
	switch {
	case errors.Is(err, signing.ErrUnknownKey):
		r.Signature = Signature{Unknown, signer}
	case err != nil:
		r.Signature = Signature{Invalid, signer}
		r.refuse(err)
	default:
		r.Signature = Signature{Valid, signer}
	}
	return content
}

// contents notes what the file holds, right or wrong.
func (r *Report) contents(o *object.Object) {
	r.Programs, r.Maps = nil, o.Maps
	for _, p := range o.Programs {
		r.Programs = append(r.Programs, Program{Program: p})
	}
	for _, s := range o.Segments {
		r.Segments = append(r.Segments, Segment{s.Start, s.End, permissions(s.Flags)})
	}
	for _, name := range o.Imports {
		i := Import{Name: name}
		if r.kernel.Exports != nil {
			exported := slices.Contains(r.kernel.Exports, name)
			i.Exported = &exported
		}
		r.Imports = append(r.Imports, i)
	}
	if r.kernel.Exports == nil {
		r.NotChecked = "imports: " + r.kernel.NoExports
	}
}

// describe notes the call graph and the stack.
func (r *Report) describe(g *flow.Graph, s *stack.Report) {
	r.Stack = &Stack{Promise: s.Promise.Bytes, Checks: s.Promise.Promise == object.Frame, Unchecked: s.Unchecked, Chain: s.Chain, Left: s.Left}
	for i := range r.Programs {
		for _, p := range s.Programs {
			if p.Name == r.Programs[i].Name {
				r.Programs[i].Depth, r.Programs[i].Chain = p.Bytes, p.Chain
			}
		}
	}
	for _, f := range g.Text.Functions {
		known := g.Functions[f]
		out := Function{Name: f.Name, Address: f.Start, Bytes: f.End - f.Start, Frame: known.Frame, Reached: s.Reached[f.Name], Pointer: f.Taken}
		for _, c := range known.Calls {
			switch {
			case c.Import != "":
				out.Imports = append(out.Imports, c.Import)
			case c.Indirect:
				out.Indirect = true
			case c.To != nil && c.To.Name == flow.CheckStack:
				out.Checks = true
			case c.To != nil:
				out.Calls = append(out.Calls, c.To.Name)
			}
		}
		for _, list := range []*[]string{&out.Calls, &out.Imports} {
			slices.Sort(*list)
			*list = slices.Compact(*list)
		}
		r.Functions = append(r.Functions, out)
	}
}

// reach notes which imports each program comes to.
func (r *Report) reach(programs []reach.Program) {
	for i, p := range programs {
		r.Programs[i].Imports, r.Programs[i].Leaf = p.Imports, p.Leaf
	}
	r.Reach = reach.Table(programs)
}

func (r *Report) refuse(err error) {
	r.Refusals = append(r.Refusals, &code.Refusal{Why: err.Error()})
}
