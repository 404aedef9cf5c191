// Package reach finds out which imports the code of each program can come to, and keeps that behind the object, where the
// kernel looks for it (docs/abi.md, section 8): a program is loaded if its type may use what its code reaches.
package reach

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
	"rex/toolchain/object/flow"
)

// What the kernel reads: records, and behind them the end.
const (
	magic   = "RexReach"
	version = 1
	imports = 256 // dynamic symbols, at most
	record  = 8 + 8 + imports/8
	end     = len(magic) + 4 + 4
)

// Flags of a record.
const leaf = 1 // see Program.Leaf

// Program is an entry, and the names of the imports that its code reaches, sorted.
type Program struct {
	object.Program
	Imports []string
	Leaf    bool // can neither panic, fault, nor run for long, and takes at most leafStack bytes of stack: needs no stack of its own

	symbols [imports / 64]uint64
}

// Programs follows the calls of each program of an object. A call through a pointer leads to every function whose address is
// taken, and whatever happens to a program, it may come to the time-out entry.
func Programs(g *flow.Graph) ([]Program, error) {
	o := g.Text.Object
	var programs []Program
	for _, p := range o.Programs {
		roots := []*code.Function{g.Text.Starting(p.Entry)}
		for _, addr := range o.Timeout {
			roots = append(roots, g.Text.Starting(addr))
		}
		reached := Program{Program: p, Leaf: isLeaf(g, g.Text.Starting(p.Entry))}
		for f := range functions(g, roots) {
			for _, r := range slots(g.Text, f) {
				if r.Symbol >= imports {
					return nil, fmt.Errorf("import %s is dynamic symbol %d; the kernel takes %d", r.Import, r.Symbol, imports)
				}
				reached.symbols[r.Symbol/64] |= 1 << (r.Symbol % 64)
				reached.Imports = append(reached.Imports, r.Import)
			}
		}
		slices.Sort(reached.Imports)
		reached.Imports = slices.Compact(reached.Imports)
		programs = append(programs, reached)
	}
	return programs, nil
}

// functions are those that control can come to from roots.
func functions(g *flow.Graph, roots []*code.Function) map[*code.Function]bool {
	seen := map[*code.Function]bool{}
	for work := roots; len(work) > 0; {
		f := work[len(work)-1]
		work = work[:len(work)-1]
		if f == nil || seen[f] {
			continue
		}
		seen[f] = true
		for _, c := range g.Functions[f].Calls {
			work = append(work, c.To)
			if c.Indirect {
				for _, f := range g.Text.Functions {
					if f.Taken {
						work = append(work, f)
					}
				}
			}
		}
	}
	return seen
}

// slots are the words with addresses of imports that instructions of f name, be it to call, or to pass on what they hold.
func slots(text *code.Text, f *code.Function) (found []object.Relocation) {
	for at := f.Start; at < f.End; {
		inst, err := text.At(at)
		if err != nil {
			return found // the sweep has refused it
		}
		if addr, ok := inst.Relative(); ok {
			if r, ok := text.Object.Slot(addr); ok && r.Import != "" {
				found = append(found, r)
			}
		}
		at = inst.Next()
	}
	return found
}

const leafStack = 128

// isLeaf tells whether a function runs through a few instructions that cannot go wrong: it calls nothing, so it does not panic
// either, never goes back, and the memory that it accesses is its frame and the image.
func isLeaf(g *flow.Graph, f *code.Function) bool {
	if f == nil || !f.Endbr64 {
		return false
	}
	does := g.Functions[f]
	if !does.Returns || len(does.Calls) != 0 || does.Frame > leafStack {
		return false
	}
	for at := f.Start; at < f.End; {
		inst, err := g.Text.At(at)
		if err != nil {
			return false // the sweep has refused it
		}
		at = inst.Next()
		if to, jumps := inst.Target(); jumps && to < at {
			return false
		}
		// String instructions name no operand.
		if slices.Contains(inst.Reads(), code.RDI) || slices.Contains(inst.Reads(), code.RSI) || slices.Contains([]string{"call", "div", "idiv", "ud2"}, inst.Op) {
			return false
		}
		if m := inst.Memory(); m != nil && !m.Address && !ofTheLeaf(m.Mem, does) {
			return false
		}
	}
	return true
}

// ofTheLeaf tells whether an operand lies in the image, or in the frame of f.
func ofTheLeaf(m code.Mem, f *flow.Function) bool {
	if m.Base == code.RIP {
		return true
	}
	return m.Base == code.RSP && m.Index == code.None && m.Disp >= 0 && m.Disp < f.Frame
}

// Table is what follows an object.
func Table(programs []Program) []byte {
	var b []byte
	for _, p := range programs {
		b = binary.LittleEndian.AppendUint64(b, p.Entry)
		var flags uint64
		if p.Leaf {
			flags |= leaf
		}
		b = binary.LittleEndian.AppendUint64(b, flags)
		for _, word := range p.symbols {
			b = binary.LittleEndian.AppendUint64(b, word)
		}
	}
	b = append(b, magic...)
	b = binary.LittleEndian.AppendUint32(b, version)
	return binary.LittleEndian.AppendUint32(b, uint32(len(programs)))
}

// Split divides what a signature covers into the object and its table, which is nil if there is none.
func Split(b []byte) (content, table []byte, err error) {
	if len(b) < end || !bytes.HasPrefix(b[len(b)-end:], []byte(magic)) {
		return b, nil, nil
	}
	tail := b[len(b)-end+len(magic):]
	size := uint64(binary.LittleEndian.Uint32(tail[4:]))*record + uint64(end)
	if binary.LittleEndian.Uint32(tail) != version || size > uint64(len(b)) {
		return nil, nil, errors.New("the table of reached imports is not one")
	}
	at := uint64(len(b)) - size
	return b[:at], b[at:], nil
}
