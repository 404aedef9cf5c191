package inspection

import (
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/stack"
)

// Report is what an inspection found.
type Report struct {
	File       string          `json:"file"`
	Accepted   bool            `json:"accepted"`
	Refusals   []*code.Refusal `json:"refusals,omitempty"`
	NotChecked string          `json:"not_checked,omitempty"` // what could not be, and why
	Signature  Signature       `json:"signature"`
	Programs   []Program       `json:"programs"`
	Maps       []object.Map    `json:"maps,omitempty"`
	Imports    []Import        `json:"imports,omitempty"`
	Segments   []Segment       `json:"segments"`
	Stack      *Stack          `json:"stack,omitempty"`     // if it came to that
	Functions  []Function      `json:"functions,omitempty"` // by address
	Reach      []byte          `json:"-"`                   // the table that belongs behind the object

	kernel Kernel
}

// JSON writes the report for a program.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// Err is nil for an object that was accepted, and otherwise says in one sentence why not.
func (r *Report) Err() error {
	switch n := len(r.Refusals); {
	case r.Accepted:
		return nil
	case n == 0:
		return fmt.Errorf("%s is refused", r.File)
	case n == 1:
		return fmt.Errorf("%s is refused: %w", r.File, r.Refusals[0])
	default:
		return fmt.Errorf("%s is refused: %w (and %d more)", r.File, r.Refusals[0], n-1)
	}
}

// What is known of a signature.
const (
	Unsigned = "not signed"
	Valid    = "valid"
	Unknown  = "signed with a key that is not at hand"
	Invalid  = "not valid"
)

// Signature is what follows the object in its file.
type Signature struct {
	State  string `json:"state"`
	Signer string `json:"signer,omitempty"`
}

// Program is an entry, and how deep it goes.
type Program struct {
	object.Program
	Depth   int64        `json:"depth,omitempty"` // bytes of the stack; 0: functions check at run time
	Chain   []stack.Step `json:"chain,omitempty"`
	Imports []string     `json:"imports,omitempty"` // that its code reaches
	Leaf    bool         `json:"leaf,omitempty"`    // runs on the stack that is there
}

// Import is a kernel symbol that the object uses.
type Import struct {
	Name     string `json:"name"`
	Exported *bool  `json:"exported,omitempty"` // nil: not known
}

// Segment is a part of the image.
type Segment struct {
	Start       uint64 `json:"start"`
	End         uint64 `json:"end"`
	Permissions string `json:"permissions"`
}

func permissions(f elf.ProgFlag) string {
	b := []byte("---")
	for i, flag := range []elf.ProgFlag{elf.PF_R, elf.PF_W, elf.PF_X} {
		if f&flag != 0 {
			b[i] = "rwx"[i]
		}
	}
	return string(b)
}

// Stack is how the object keeps within its stack.
type Stack struct {
	Checks    bool         `json:"checks"`              // at run time
	Promise   uint32       `json:"promise"`             // bytes: of a frame with checks, else of a program
	Unchecked int64        `json:"unchecked,omitempty"` // most bytes between two checks
	Chain     []stack.Step `json:"chain,omitempty"`     // of the unchecked bytes
	Left      int64        `json:"left"`                // bytes that the kernel finds when a panic lands at its deepest
}

// Function is a node of the call graph.
type Function struct {
	Name     string   `json:"name"`
	Address  uint64   `json:"address"`
	Bytes    uint64   `json:"bytes"`
	Frame    int64    `json:"frame"` // bytes below the return address
	Calls    []string `json:"calls,omitempty"`
	Imports  []string `json:"imports,omitempty"`
	Indirect bool     `json:"indirect,omitempty"` // calls through a pointer
	Pointer  bool     `json:"pointer,omitempty"`  // may be called through one
	Checks   bool     `json:"checks,omitempty"`   // looks at the stack pointer
	Reached  bool     `json:"reached"`            // by a program or a panic
}
