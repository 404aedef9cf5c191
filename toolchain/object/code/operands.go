package code

// operands checks what instructions of f do with addresses that they hold.
func (t *Text) operands(f *Function) {
	for at := f.Start; at < f.End; {
		inst, err := t.At(at)
		if err != nil {
			return // sweep has refused it
		}
		at = inst.Next()
		if addr, ok := inst.Relative(); ok && inst.Op != "nop" {
			t.operand(f, inst, addr)
		}
	}
}

func (t *Text) operand(f *Function, inst *Inst, addr uint64) {
	m := inst.Memory()
	if m.Address {
		switch to := t.Starting(addr); {
		case to != nil:
			t.take(f, inst, to)
		case t.Object.Executable(addr):
			t.refuse(f, inst, "it takes the address %#x in the code, where no function starts", addr)
		}
		return
	}
	if m.Mem.Index != None {
		t.refuse(f, inst, "an address relative to the instruction pointer has no index")
		return
	}
	if why := t.Access(addr, uint64(m.Size), m.Written); why != "" {
		t.refuse(f, inst, "%s", why)
	}
}

// Access says why size bytes at an address of the image must not be read, or written, or nothing.
func (t *Text) Access(addr, size uint64, write bool) string {
	o := t.Object
	switch {
	case write && !o.Writable(addr, size):
		return format("it writes to %#x, which is read-only", addr)
	case write && o.InMaps(addr, size):
		return format("it writes to %#x, in a record of .maps, which the kernel believes", addr)
	case !o.Holds(addr, size):
		return format("it reads %#x, outside of the image", addr)
	case o.Executable(addr):
		return format("it reads %#x, which is code", addr)
	}
	return ""
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
		code := r.Import == "" && t.Object.Executable(r.Target)
		if _, sealed := t.Object.Slot(r.Offset); !sealed && (code || r.Import != "") {
			t.refuse(nil, nil, "the word at %#x will hold an address of code or of the kernel's, and can be written", r.Offset)
			continue
		}
		if !code {
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
