// Package code decodes the code of an object and holds every instruction against a list of those that an extension
// may use.
package code

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// Inst is one instruction.
type Inst struct {
	x86asm.Inst
	Addr    uint64 // virtual
	Endbr64 bool
}

// Next is the address behind the instruction.
func (i Inst) Next() uint64 { return i.Addr + uint64(i.Len) }

// Target returns where a direct jump or call leads to.
func (i Inst) Target() (uint64, bool) {
	rel, ok := i.Args[0].(x86asm.Rel)
	return i.Next() + uint64(int64(rel)), ok
}

// Relative returns the address that a memory operand relative to the instruction pointer means.
func (i Inst) Relative() (uint64, bool) {
	for _, a := range i.Args {
		if m, ok := a.(x86asm.Mem); ok && m.Base == x86asm.RIP {
			return i.Next() + uint64(m.Disp), true
		}
	}
	return 0, false
}

// Jumps tells whether the instruction is a conditional jump.
func (i Inst) Jumps() bool { return jumps[i.Op] }

// String is the instruction as Intel writes it.
func (i Inst) String() string {
	if i.Endbr64 {
		return "endbr64"
	}
	text := strings.ToLower(x86asm.IntelSyntax(i.Inst, i.Addr, nil))
	return strings.TrimSpace(text)
}

// endbr64 marks where an indirect branch may lead to; the decoder does not know it.
const endbr64 = "\xf3\x0f\x1e\xfa"

// Decode decodes the first instruction of b, which is at addr.
func Decode(b []byte, addr uint64) (Inst, error) {
	if strings.HasPrefix(string(b[:min(len(b), len(endbr64))]), endbr64) {
		return Inst{x86asm.Inst{Op: x86asm.NOP, Len: len(endbr64), Mode: 64}, addr, true}, nil
	}
	if op := opcode(b); len(op) > 0 && (op[0] == 0xc4 || op[0] == 0xc5 || op[0] == 0x62) {
		return Inst{Addr: addr}, fmt.Errorf("bytes % x are a vector instruction, whose registers the kernel does not save", b[:min(len(b), 8)])
	}
	inst, err := x86asm.Decode(b, 64)
	if err != nil || inst.Op == 0 || inst.Len <= 0 || inst.Len > len(b) {
		return Inst{Addr: addr}, fmt.Errorf("bytes % x are no instruction that is known", b[:min(len(b), 8)])
	}
	for n, a := range inst.Args {
		// The decoder leaves a displacement of 32 bits as it stands.
		if m, ok := a.(x86asm.Mem); ok && (m.Base != 0 || m.Index != 0) {
			m.Disp = int64(int32(m.Disp))
			inst.Args[n] = m
		}
	}
	return Inst{inst, addr, false}, nil
}

// opcode returns b without the prefixes that may stand before a vector instruction.
func opcode(b []byte) []byte {
	for len(b) > 0 {
		switch p := b[0]; {
		case p == 0x66, p == 0x67, p == 0xf0, p == 0xf2, p == 0xf3, p == 0x26, p == 0x2e, p == 0x36, p == 0x3e, p == 0x64, p == 0x65, p&0xf0 == 0x40:
			b = b[1:]
		default:
			return b
		}
	}
	return nil
}

// Refusal is a reason why an object is not accepted.
type Refusal struct {
	Function string `json:"function,omitempty"`
	Address  uint64 `json:"address,omitempty"` // virtual
	Inst     string `json:"instruction,omitempty"`
	Why      string `json:"why"`
}

func (r *Refusal) Error() string {
	var where strings.Builder
	if r.Function != "" {
		fmt.Fprintf(&where, "function %s: ", r.Function)
	}
	if r.Inst != "" {
		fmt.Fprintf(&where, "`%s` at %#x: ", r.Inst, r.Address)
	} else if r.Address != 0 {
		fmt.Fprintf(&where, "at %#x: ", r.Address)
	}
	return where.String() + r.Why
}
