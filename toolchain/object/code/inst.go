// Package code decodes the code of an object by a table of the instructions that an extension may use, and sees to it that
// the code consists of them and of nothing else.
package code

import (
	"fmt"
	"strings"
)

// Reg is a general purpose register by its number, or one of those below.
type Reg int8

// Registers that are no general purpose registers: none, and the instruction pointer.
const (
	None Reg = -1
	RIP  Reg = 16
)

// General purpose registers.
const (
	RAX Reg = iota
	RCX
	RDX
	RBX
	RSP
	RBP
	RSI
	RDI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
)

var registers = strings.Fields("rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15 rip")

func (r Reg) String() string { return registers[r] }

// Kind is the kind of an operand.
type Kind uint8

// Kinds of operands.
const (
	NoArg  Kind = iota
	InReg       // a register, or a part of it
	InMem       // memory
	Number      // an immediate
	Place       // where a direct jump or call leads to
)

// Arg is an operand.
type Arg struct {
	Kind    Kind
	Size    int  // bytes
	Reg     Reg  // InReg
	High    bool // InReg: the second byte of it
	Mem     Mem  // InMem
	Value   int64
	Read    bool
	Written bool
	Address bool // InMem: only the address is computed
}

// Mem is what a memory operand says about its address.
type Mem struct {
	Base, Index Reg
	Scale       int64
	Disp        int64
}

// Inst is one instruction.
type Inst struct {
	Addr  uint64 // virtual
	Bytes []byte
	Op    string // as Intel writes it
	Args  [3]Arg
	Lock  bool
	Rep   bool   // repeated, in whichever way
	Disp  int    // where in Bytes the displacement of an operand lies, or the distance of a jump
	form  *form  // its row of the table
	pad   string // prefixes, for the text
}

// Len is the number of bytes.
func (i *Inst) Len() int { return len(i.Bytes) }

// Next is the address behind the instruction.
func (i *Inst) Next() uint64 { return i.Addr + uint64(len(i.Bytes)) }

// Target returns where a direct jump or call leads to.
func (i *Inst) Target() (uint64, bool) {
	return uint64(i.Args[0].Value), i.Args[0].Kind == Place
}

// Memory returns the operand in memory, or nil.
func (i *Inst) Memory() *Arg {
	for n := range i.Args {
		if i.Args[n].Kind == InMem {
			return &i.Args[n]
		}
	}
	return nil
}

// Relative returns the address that a memory operand relative to the instruction pointer means.
func (i *Inst) Relative() (uint64, bool) {
	if m := i.Memory(); m != nil && m.Mem.Base == RIP {
		return i.Next() + uint64(m.Mem.Disp), true
	}
	return 0, false
}

// Jumps tells whether the instruction is a conditional jump.
func (i *Inst) Jumps() bool { return i.Op[0] == 'j' && i.Op != "jmp" }

// KeepsFlags tells whether the flags stay.
func (i *Inst) KeepsFlags() bool { return i.form.keeps }

// Reads and Writes are registers besides the operands.
func (i *Inst) Reads() []Reg  { return i.form.reads }
func (i *Inst) Writes() []Reg { return i.form.writes }

// String is the instruction as Intel writes it.
func (i *Inst) String() string {
	var b strings.Builder
	b.WriteString(i.pad + i.Op)
	for n, a := range i.Args {
		if a.Kind == NoArg {
			break
		}
		b.WriteString([]string{" ", ", ", ", "}[n] + a.String())
	}
	return b.String()
}

func (a Arg) String() string {
	switch a.Kind {
	case InReg:
		return part(a.Reg, a.Size, a.High)
	case InMem:
		return a.Mem.text(a.Size)
	case Place:
		return fmt.Sprintf("%#x", uint64(a.Value))
	}
	return signed(a.Value)
}

// part is the name of a part of a register.
func part(r Reg, size int, high bool) string {
	name := registers[r]
	switch {
	case high:
		return name[1:2] + "h"
	case size == 8:
		return name
	case r >= R8:
		return name + map[int]string{4: "d", 2: "w", 1: "b"}[size]
	case size == 4:
		return "e" + name[1:]
	case size == 2:
		return name[1:]
	case r <= RBX:
		return name[1:2] + "l"
	}
	return name[1:] + "l"
}

func (m Mem) text(size int) string {
	var b strings.Builder
	b.WriteString(map[int]string{1: "byte ptr ", 2: "word ptr ", 4: "dword ptr ", 8: "qword ptr "}[size] + "[")
	plus := ""
	if m.Base != None {
		b.WriteString(m.Base.String())
		plus = "+"
	}
	if m.Index != None {
		fmt.Fprintf(&b, "%s%s*%d", plus, m.Index, m.Scale)
		plus = "+"
	}
	if m.Disp != 0 || plus == "" {
		if m.Disp < 0 {
			plus = ""
		}
		b.WriteString(plus + signed(m.Disp))
	}
	return b.String() + "]"
}

func signed(v int64) string {
	if v < 0 && v > -1<<32 {
		return fmt.Sprintf("-%#x", -v)
	}
	return fmt.Sprintf("%#x", uint64(v))
}
