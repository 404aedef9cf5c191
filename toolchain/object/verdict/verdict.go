// Package verdict decides whether an object may be loaded. It, what it imports of this module (object, code, flow, stack and
// reach), and the standard library are all that decides.
package verdict

import (
	"bytes"
	"errors"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
	"rex/toolchain/object/reach"
	"rex/toolchain/object/stack"
)

// Verdict is what is known of an object. An object without refusals may be loaded.
type Verdict struct {
	Refusals []*code.Refusal

	Object   *object.Object  // nil if it could not be read
	Graph    *flow.Graph     // nil if its code was not followed
	Stack    *stack.Report   // likewise
	Programs []reach.Program // likewise
}

// Of judges the object that b holds, with its table of reached imports, but without a signature behind it. Exports are what the kernel
// exports, or nil if that is not known: then imports are not looked at.
func Of(b []byte, exports []string) *Verdict {
	v := &Verdict{}
	b, table, err := reach.Split(b)
	if err != nil {
		v.refuse(err)
		return v
	}
	o, err := object.Read(b)
	if err != nil {
		v.refuse(err)
		return v
	}
	v.Object = o
	if err := o.Check(); err != nil {
		v.refuse(err)
		return v // what follows relies on it
	}
	if exports != nil {
		v.refuse(o.CheckImports(exports))
	}
	text := code.Sweep(o)
	v.Refusals = append(v.Refusals, text.Refusals...)
	if len(text.Refusals) > 0 {
		return v
	}
	v.Graph = flow.New(text)
	v.Refusals = append(v.Refusals, v.Graph.Refusals...)
	if len(v.Graph.Refusals) > 0 {
		return v
	}
	v.Stack = stack.Check(v.Graph)
	v.Refusals = append(v.Refusals, v.Stack.Refusals...)
	if v.Programs, err = reach.Programs(v.Graph); err != nil {
		v.refuse(err)
		return v
	}
	// The kernel believes the table: what a program's type may call, and which program needs no stack of its own.
	if table != nil && !bytes.Equal(table, reach.Table(v.Programs)) {
		v.refuse(errors.New("the table of what programs reach is not what the code says"))
	}
	return v
}

// refuse notes an error, or each of those that are joined in it.
func (v *Verdict) refuse(err error) {
	var joined interface{ Unwrap() []error }
	switch {
	case err == nil:
	case errors.As(err, &joined):
		for _, e := range joined.Unwrap() {
			v.refuse(e)
		}
	default:
		v.Refusals = append(v.Refusals, &code.Refusal{Why: err.Error()})
	}
}
