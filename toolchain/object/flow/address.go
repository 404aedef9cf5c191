package flow

import (
	"slices"

	"rex/toolchain/object/code"
)

// dataImports are the exports of the kernel that are data (docs/abi.md, section 5): they are read and not called.
var dataImports = []string{"jiffies_64"}

// where is what an operand in memory means: an address, and whether something unknown is added to it.
func (w *walk) where(inst *code.Inst, s *frame, m code.Mem) (value, bool) {
	if m.Base == code.RIP {
		addr := inst.Next() + uint64(m.Disp)
		if w.graph.Text.Starting(addr) != nil {
			return value{kind: function, off: int64(addr)}, false
		}
		return value{kind: image, off: int64(addr)}, false
	}
	base, index := value{kind: number}, value{kind: number}
	if m.Base != code.None {
		base = s.regs[m.Base]
	}
	if m.Index != code.None {
		index = s.regs[m.Index]
		if index.kind == number {
			index.off *= m.Scale
		} else if m.Scale != 1 {
			if index = w.other(inst, s, index); len(w.f.refusals) > 0 {
				return value{}, false
			}
		}
	}
	if !w.secretive(inst, s, base, index) {
		return value{}, false
	}
	if base.kind <= given && index.address() || base.kind == number {
		base, index = index, base
	}
	if base.kind == near && base.mask != 0 {
		base.off += m.Disp
		if index.kind == number {
			base.off += index.off
		}
		return base, true
	}
	if index.kind == masked && (base.inFrame() || base.inRun()) {
		return w.sum(inst, s, base, index), true
	}
	if index.kind == number {
		switch base.kind {
		case number, stack, aligned, run, image:
			base.off += index.off + m.Disp
		case function, imported:
			if index.off+m.Disp != 0 {
				return w.sum(inst, s, base, value{kind: number, off: 1}), false
			}
		}
		if base.off <= -1<<31 || base.off >= 1<<31 {
			if base.kind != number && base.address() {
				w.refuse(inst, "it reaches far outside of %s", base.noun())
			}
		}
		return base, false
	}
	if index.address() {
		// Two addresses, or an address of the stack as the index of another one.
		base = w.sum(inst, s, base, index)
		base.off += m.Disp
		return base, true
	}
	switch base.kind {
	case number, stack, aligned, run, nearRun, image:
		base.off += m.Disp
	case function, imported:
		return w.sum(inst, s, base, index), false
	}
	return base.from(base, index), true
}

// access checks an operand in memory, and follows what is done to it: v is what is written, if something is. It returns
// what is read.
func (w *walk) access(inst *code.Inst, s *frame, m *code.Arg, v value) value {
	at, indexed := w.where(inst, s, m.Mem)
	if len(w.f.refusals) > 0 {
		return value{}
	}
	if m.Written && !w.lend(inst, s, at, v, m.Size) {
		return value{}
	}
	switch at.kind {
	case number:
		if !indexed {
			w.refuse(inst, "its address is the constant %#x: null, or what may be anything", uint64(at.off))
		}
	case stack, aligned:
		if indexed {
			w.element(inst, s, at, m)
			if v := w.unsettled(s, m); s.functions(at) {
				return v
			}
			return value{} // whichever slot it is: some hold what was computed
		}
		return w.slot(inst, s, at, m, v)
	case near:
		if at.mask != 0 {
			w.element(inst, s, at.base(), m)
		}
		w.unsettled(s, m)
		return value{}
	case run:
		return w.runAccess(inst, s, m, at.off, indexed, v)
	case nearRun:
		// Something unknown was added to it, or it may be another pointer: it is the language's where it is not the kernel's.
		field := at.off - runState
		if field < -slack {
			w.refuse(inst, "it reaches below the run's state: into the stack, by a way that cannot be followed")
		}
		if shared := field >= runTable && field <= runSize; !shared && !indexed && (at.mask != element || m.Size < 8) {
			w.refuse(inst, "it may reach byte %d of the run's state, which is the kernel's", field)
		}
		return w.unsettled(s, m).tagged(fromCleanups)
	case image, nearImage:
		return w.imageAccess(inst, s, at, m, indexed || at.kind == nearImage)
	case function:
		w.refuse(inst, "it reaches into the code of a function")
	case imported:
		w.importAccess(inst, at, m, indexed)
	case distance, masked, state:
		w.refuse(inst, "it uses as an address what is computed from the stack pointer and is none")
	}
	v = w.unsettled(s, m)
	if at.mask == kernels && at.kind <= given {
		v.mask = kernels
	}
	return v
}

// tagged is v, where it is given, with a tag.
func (v value) tagged(tag uint32) value {
	if v.kind == given {
		v.mask = tag
	}
	return v
}

// unsettled is what is read at an address that is not known in full. What is written there may be in the frame.
func (w *walk) unsettled(s *frame, m *code.Arg) value {
	if m.Written && s.escaped {
		s.disturb()
	}
	if m.Size == 8 {
		return value{kind: given}
	}
	return value{}
}

// functions tells whether an array of functions begins at a place in the frame: two of them lie there.
func (s *frame) functions(at value) bool {
	for range 2 {
		if v := s.load(at, 8); v.kind != function && v.kind != imported {
			return false
		}
		at.off += 8
	}
	return true
}

// element checks an access to the frame by an index, which the language bounds.
func (w *walk) element(inst *code.Inst, s *frame, at value, m *code.Arg) {
	if !s.within(at, slack) {
		w.refuse(inst, "it reaches, by an index, from %s", s.place(at))
		return
	}
	if m.Written {
		s.escaped = true
	}
}

// place says where an address outside of the frame is.
func (s *frame) place(at value) string {
	switch {
	case at.kind == stack && at.off >= 8:
		return "above the function's return address, which is not the function's"
	case at.kind == stack && at.off >= 0:
		return "the function's return address"
	case at.kind == aligned && at.off >= 0, at.kind == stack && at.off >= s.top():
		return "a register that the function saved for its caller, or above"
	}
	return "below the stack pointer"
}

// slot checks an access to one place in the frame.
func (w *walk) slot(inst *code.Inst, s *frame, at value, m *code.Arg, v value) value {
	size, sp := int64(m.Size), s.regs[code.RSP]
	verb := "reads"
	if m.Written {
		verb = "writes to"
	}
	floor := sp.off
	if at.kind == stack && sp.kind == aligned {
		floor = s.before
	}
	switch {
	case at.kind == aligned && sp.kind != aligned:
		w.refuse(inst, "it reaches below the stack pointer")
	case at.off < floor:
		w.refuse(inst, "it reaches %d bytes below the stack pointer", floor-at.off)
	case at.kind == aligned && at.off+size > 0:
		w.refuse(inst, "it %s what may be a register that the function saved for its caller, or its return address", verb)
	case at.kind == stack && at.off < 8 && at.off+size > 0:
		w.refuse(inst, "it %s the function's return address", verb)
	case at.kind == stack && at.off >= 0 && m.Written:
		w.refuse(inst, "it writes %d bytes above the function's return address: to another frame, the kernel's stack pointer, or the run's state", at.off-8)
	case at.kind == stack && at.off >= 0 && w.graph.arguments(w.f.Function) < len(arguments):
		w.refuse(inst, "it reads %d bytes above the return address of what the kernel enters: its stack pointer and the run's state are there", at.off-8)
	case at.kind == stack && at.off >= 0:
		w.f.Stacked = max(w.f.Stacked, at.off+size-8)
	}
	if len(w.f.refusals) > 0 {
		return value{}
	}
	old := s.load(at, size)
	if m.Written {
		i := s.find(at)
		if i < len(s.cells) && s.cells[i].overlaps(at, size) && s.cells[i].keeps() && s.cells[i].value != v {
			w.refuse(inst, "it overwrites register %s, which the function saved for its caller", code.Reg(s.cells[i].value.off))
			return value{}
		}
		s.store(at, size, low(v, m.Size))
	}
	if m.Read && old.kind == lost {
		w.refuse(inst, "it reads a part of an address")
	}
	return old
}

// imageAccess checks an access to the image's data.
func (w *walk) imageAccess(inst *code.Inst, s *frame, at value, m *code.Arg, indexed bool) value {
	text := w.graph.Text
	addr := uint64(at.off)
	if m.Mem.Base == code.RIP || !indexed {
		if why := text.Access(addr, uint64(m.Size), m.Written); why != "" {
			w.refuse(inst, "%s", why)
			return value{}
		}
		if r, ok := text.Object.Slot(addr); ok && m.Size == 8 {
			switch {
			case r.Import != "":
				return value{kind: imported, off: at.off}
			case text.Starting(r.Target) != nil:
				return value{kind: function, off: int64(r.Target)}
			}
			return value{kind: image, off: int64(r.Target)}
		}
	} else if m.Written {
		if why := text.Access(addr, 1, true); why != "" {
			w.refuse(inst, "%s", why)
		}
	}
	if m.Size == 8 && text.Object.Sealed(addr) {
		return value{kind: given}
	}
	return value{} // no pointer to a function, or one that somebody may have written: not to be called
}

// importAccess checks an access to what is imported from the kernel.
func (w *walk) importAccess(inst *code.Inst, at value, m *code.Arg, indexed bool) {
	r, _ := w.graph.Text.Object.Slot(uint64(at.off))
	switch {
	case !slices.Contains(dataImports, r.Import):
		w.refuse(inst, "it reaches into the code of the kernel's function %s", r.Import)
	case m.Written:
		w.refuse(inst, "it writes to %s, which is the kernel's", r.Import)
	case indexed || m.Size > 8:
		w.refuse(inst, "it reaches beyond the kernel's variable %s", r.Import)
	}
}

// lend follows what is written to a place where others may see it. Addresses must be such as the language makes.
func (w *walk) lend(inst *code.Inst, s *frame, at, v value, size int) bool {
	if size < 8 {
		return true
	}
	own := at.kind == stack || at.kind == aligned
	if s.secret(v) && !(own && (v.kind == foreign || v.kind == near || v.inRun())) {
		w.refuse(inst, "it stores %s", s.secretNoun(v))
		return false
	}
	if v.inFrame() {
		s.escaped = true
	}
	return true
}

// secretNoun says what a secret value is.
func (s *frame) secretNoun(v value) string {
	switch v.kind {
	case foreign:
		return "what " + code.Reg(v.off).String() + " held before: the kernel's, or the caller's"
	case lost:
		return "a value that on one way here was the kernel's, or an address outside of the frame"
	case run, nearRun:
		return "an address of the run's state that is the kernel's"
	}
	return "the address of " + s.place(v)
}
