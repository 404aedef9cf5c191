package code

import (
	"bytes"
	"cmp"
	"slices"

	"rex/toolchain/object"
)

// What is checked is bounded, so that whoever made a file can't make the check endless.
const (
	maxCode     = 1 << 20 // bytes
	maxFunction = 1 << 17
	maxRefusals = 20
)

// Text is the code of an object: functions, and padding between them.
type Text struct {
	Object    *object.Object
	Functions []*Function // sorted by address
	Refusals  []*Refusal
	Bytes     int // of executable memory that the file fills

	instructions map[uint64]bits // by start of the function
	leaders      map[uint64]bits
	byStart      map[uint64]*Function
}

// Function is a range of code that is entered at its start only.
type Function struct {
	Name       string
	Start, End uint64
	Endbr64    bool // starts with endbr64
	Taken      bool // its address is in data or in a register: an indirect call may lead here
}

// bits is a set of small numbers.
type bits []uint64

func newBits(n uint64) bits           { return make(bits, (n+63)/64) }
func (b bits) set(i uint64)           { b[i/64] |= 1 << (i % 64) }
func (b bits) contains(i uint64) bool { return i/64 < uint64(len(b)) && b[i/64]&(1<<(i%64)) != 0 }

// Sweep decodes all code of the object once, from front to back, and holds each instruction against the table.
func Sweep(o *object.Object) *Text {
	t := &Text{Object: o, byStart: map[uint64]*Function{}, instructions: map[uint64]bits{}, leaders: map[uint64]bits{}}
	for _, s := range o.Segments {
		if o.Executable(s.Start) {
			t.Bytes += len(s.Data)
		}
	}
	if t.Bytes > maxCode {
		t.refuse(nil, nil, "%d bytes of code; at most %d are checked", t.Bytes, maxCode)
		return t
	}
	t.functions()
	for _, f := range t.Functions {
		t.sweep(f)
	}
	t.gaps()
	t.marks()
	for _, f := range t.Functions {
		t.operands(f)
	}
	t.pointers()
	return t
}

// At returns the instruction at addr.
func (t *Text) At(addr uint64) (*Inst, error) { return Decode(t.Object.Code(addr), addr) }

// Starting returns the function that starts at addr, or nil.
func (t *Text) Starting(addr uint64) *Function { return t.byStart[addr] }

// In returns the function that holds addr, or nil.
func (t *Text) In(addr uint64) *Function {
	i, _ := slices.BinarySearchFunc(t.Functions, addr, func(f *Function, addr uint64) int { return cmp.Compare(f.Start, addr+1) })
	if i == 0 || addr >= t.Functions[i-1].End {
		return nil
	}
	return t.Functions[i-1]
}

// IsInstruction tells whether an instruction of f starts at addr.
func (t *Text) IsInstruction(f *Function, addr uint64) bool {
	return addr >= f.Start && t.instructions[f.Start].contains(addr-f.Start)
}

// IsLeader tells whether a jump within f leads to addr.
func (t *Text) IsLeader(f *Function, addr uint64) bool {
	return addr >= f.Start && t.leaders[f.Start].contains(addr-f.Start)
}

// functions takes the functions from the symbols: aliases are one, and nothing overlaps.
func (t *Text) functions() {
	for _, s := range t.Object.Functions {
		if n := len(t.Functions); n > 0 {
			last := t.Functions[n-1]
			if last.Start == s.Start && last.End == s.End {
				continue
			}
			if s.Start < last.End || s.Start == last.Start {
				t.refuse(last, nil, "function %s overlaps it, at %#x", s.Name, s.Start)
				continue
			}
		}
		if s.End <= s.Start || s.End-s.Start > maxFunction || uint64(len(t.Object.Code(s.Start))) < s.End-s.Start {
			t.refuse(&Function{Name: s.Name}, nil, "it has %d bytes at %#x; there must be 1 to %d in the file", int64(s.End-s.Start), s.Start, maxFunction)
			continue
		}
		f := &Function{Name: s.Name, Start: s.Start, End: s.End}
		t.Functions = append(t.Functions, f)
		t.byStart[f.Start] = f
	}
}

// sweep decodes f from its start to its end.
func (t *Text) sweep(f *Function) {
	starts, leaders := newBits(f.End-f.Start), newBits(f.End-f.Start)
	t.instructions[f.Start], t.leaders[f.Start] = starts, leaders
	for at := f.Start; at < f.End; {
		inst, err := Decode(t.Object.Code(at)[:f.End-at], at)
		if err != nil {
			t.refuse(f, inst, "%w", err)
			return
		}
		starts.set(at - f.Start)
		if target, ok := inst.Target(); ok && inst.Op != "call" && target >= f.Start && target < f.End {
			leaders.set(target - f.Start)
		}
		if at == f.Start {
			f.Endbr64 = inst.Op == "endbr64"
		}
		at = inst.Next()
	}
}

// gaps refuses what lies between functions and is no padding.
func (t *Text) gaps() {
	i := 0
	for _, s := range t.Object.Segments {
		if !t.Object.Executable(s.Start) {
			continue
		}
		at, end := s.Start, s.Start+uint64(len(s.Data))
		for ; i < len(t.Functions) && t.Functions[i].Start < end; i++ {
			t.padding(s.Data[at-s.Start:t.Functions[i].Start-s.Start], at)
			at = t.Functions[i].End
		}
		t.padding(s.Data[at-s.Start:], at)
	}
}

// marks refuses the bytes of endbr64 anywhere but at the start of a function, be it within an instruction or two: where they
// are, an indirect branch may lead to.
func (t *Text) marks() {
	mark := []byte("\xf3\x0f\x1e\xfa")
	for _, s := range t.Object.Segments {
		if !t.Object.Executable(s.Start) {
			continue
		}
		for at := 0; ; at++ {
			n := bytes.Index(s.Data[at:], mark)
			if n < 0 {
				break
			}
			at += n
			if addr := s.Start + uint64(at); t.Starting(addr) == nil {
				t.refuse(t.In(addr), &Inst{Addr: addr}, "the bytes of endbr64 are here, and no function starts")
			}
		}
	}
}

func (t *Text) padding(b []byte, addr uint64) {
	for len(b) > 0 {
		n := 1
		if b[0] != 0x00 && b[0] != 0xcc {
			inst, err := Decode(b, addr)
			if err != nil || inst.Op != "nop" {
				t.refuse(nil, &Inst{Addr: addr}, "%#02x lies between two functions and is no padding", b[0])
				return
			}
			n = inst.Len()
		}
		b, addr = b[n:], addr+uint64(n)
	}
}
