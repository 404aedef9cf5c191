package code

import (
	"fmt"
	"strings"
)

// Refusal is a reason why an object is not accepted.
type Refusal struct {
	Function string `json:"function,omitempty"`
	Address  uint64 `json:"address,omitempty"` // virtual
	Inst     string `json:"instruction,omitempty"`
	Bytes    string `json:"bytes,omitempty"` // of the instruction
	Why      string `json:"why"`
}

func (r *Refusal) Error() string {
	var where strings.Builder
	if r.Function != "" {
		fmt.Fprintf(&where, "function %s: ", r.Function)
	}
	if r.Inst != "" {
		fmt.Fprintf(&where, "`%s` (%s) at %#x: ", r.Inst, r.Bytes, r.Address)
	} else if r.Address != 0 {
		fmt.Fprintf(&where, "at %#x: ", r.Address)
	}
	return where.String() + r.Why
}

// NewRefusal returns a refusal of an instruction of f; both may be missing.
func NewRefusal(f *Function, at *Inst, format string, args ...any) *Refusal {
	r := &Refusal{Why: fmt.Errorf(format, args...).Error()}
	if f != nil {
		r.Function = f.Name
	}
	if at != nil {
		r.Address = at.Addr
		if at.Len() > 0 {
			r.Inst, r.Bytes = at.String(), fmt.Sprintf("% x", at.Bytes)
		}
	}
	return r
}

func (t *Text) refuse(f *Function, at *Inst, format string, args ...any) {
	if len(t.Refusals) < maxRefusals {
		t.Refusals = append(t.Refusals, NewRefusal(f, at, format, args...))
	}
}

func format(text string, args ...any) string { return fmt.Sprintf(text, args...) }
