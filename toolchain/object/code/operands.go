package code

import (
	"golang.org/x/arch/x86/x86asm"
)

// operands checks what instructions of f do with addresses that they hold.
func (t *Text) operands(f *Function) {
	for at := f.Start; at < f.End; {
		inst, err := t.At(at)
		if err != nil {
			return // sweep has refused it
		}
		at = inst.Next()
		if addr, ok := inst.Relative(); ok && inst.Op != x86asm.NOP {
			t.operand(f, inst, addr)
		}
	}
}

func (t *Text) operand(f *Function, inst Inst, addr uint64) {
	o := t.Object
	if inst.Op == x86asm.LEA {
		switch to := t.Starting(addr); {
		case to != nil:
			t.take(f, &inst, to)
		case o.Executable(addr):
			t.refuse(f, &inst, "it takes the address %#x in the code, where no function starts", addr)
		}
		return
	}
	size := uint64(max(inst.MemBytes, 1))
	_, first := inst.Args[0].(x86asm.Mem)
	if (first && inst.Writes() || inst.Op == x86asm.XCHG) && !o.Writable(addr, size) {
		t.refuse(f, &inst, "it writes to %#x, which is read-only", addr)
		return
	}
	if !o.Holds(addr, size) {
		t.refuse(f, &inst, "it reads %#x, outside of the image", addr)
		return
	}
	if o.Executable(addr) {
		t.refuse(f, &inst, "it reads %#x, which is code", addr)
	}
}

// take notes that the address of to is known to the program.
func (t *Text) take(f *Function, at *Inst, to *Function) {
	to.Taken = true
	if !to.Endbr64 {
		t.refuse(f, at, "it takes the address of function %s, which does not start with endbr64", to.Name)
	}
}

// pointers checks the pointers to code that data holds.
func (t *Text) pointers() {
	for _, r := range t.Object.Relocations() {
		if r.Import != "" || !t.Object.Executable(r.Target) {
			continue
		}
		to := t.Starting(r.Target)
		if to == nil {
			t.refuse(nil, nil, "the relocation at %#x points to %#x in the code, where no function starts", r.Offset, r.Target)
			continue
		}
		to.Taken = true
		if !to.Endbr64 {
			t.refuse(nil, nil, "the relocation at %#x points to function %s, which does not start with endbr64", r.Offset, to.Name)
		}
	}
}
