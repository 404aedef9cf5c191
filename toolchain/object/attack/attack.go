// Package attack makes objects that do harm out of good ones: each attack is the body of a function that does what a rule of
// docs/checker.md forbids.
package attack

import (
	"fmt"
	"slices"

	"rex/toolchain/object"
)

// Where says in which functions an attack does harm.
type Where uint8

// Places of attacks.
const (
	Anywhere Where = iota
	Program        // in what the kernel enters
	Hello          // in the program of testdata/hello.elf, whose addresses it has
)

// Attack is a function that does harm.
type Attack struct {
	Name, Text string // what it does, and its code as assemblers write it
	Code       string // behind endbr64
	Rule       string // a part of the reason why it is refused as a program
	Where      Where
}

// In gives a function of an object another body. It returns nil if that does not fit.
func (a *Attack) In(file []byte, o *object.Object, f object.Function) []byte {
	at, ok := o.Offset(f.Start)
	if !ok {
		return nil
	}
	size := f.End - f.Start
	if string(file[at:at+4]) == "\xf3\x0f\x1e\xfa" {
		at, size = at+4, size-4
	}
	if uint64(len(a.Code)) > size {
		return nil
	}
	out := slices.Clone(file)
	for n := range size {
		out[at+n] = 0x90
	}
	copy(out[at:], a.Code)
	return out
}

func (a *Attack) String() string { return fmt.Sprintf("%s: %s", a.Name, a.Text) }
