package flow

import (
	"rex/toolchain/object/code"
)

// The state of a run, in bytes above the base of the stack (docs/abi.md, section 4), and its fields from there.
const (
	runState     = 0x8000
	runFlags     = 1
	runTerminate = 3
	runTable     = 64
	runLog       = 1600
	runSize      = 2624
	cleanup      = 24 // bytes of an entry of the table

	messageFlag = 4 // in flags: the watchdog may end the panic
)

// runAccess checks an access to the state of the run, and follows what it does. It returns what is read.
func (w *walk) runAccess(inst *code.Inst, s *frame, m *code.Arg, off int64, indexed bool, v value) value {
	field := off - runState
	if indexed && m.Size == 8 && field < runTable && field >= -slack {
		return w.tableAccess(inst, m, runTable, true, v) // the compiler counts from elsewhere
	}
	if field >= runTable && field <= runSize {
		if indexed || field+int64(m.Size) <= runSize {
			return w.tableAccess(inst, m, field, indexed, v)
		}
	}
	if indexed || m.Size != 1 {
		w.refuse(inst, "it reaches byte %d of the run's state, which is the kernel's", field)
		return value{}
	}
	switch {
	case field == 0 && !m.Written:
		return value{kind: state}
	case field == 0:
		return w.setState(inst, s, v)
	case field == runFlags && m.Written && !s.held:
		w.refuse(inst, "it writes flags of the run, which only a panic does, in state 1")
	case field == runFlags && m.Written:
		if inst.Op == "or" && inst.Args[1].Kind == code.Number && inst.Args[1].Value&messageFlag != 0 {
			s.held = false // the watchdog may end it from here on
		}
	case field == runFlags, field == runTerminate && !m.Written:
	default:
		w.refuse(inst, "it reaches byte %d of the run's state, which is the kernel's", field)
	}
	return value{}
}

// setState follows a change of the byte that keeps the watchdog off.
func (w *walk) setState(inst *code.Inst, s *frame, v value) value {
	switch {
	case inst.Op == "mov" && v == (value{kind: number, off: 1}):
		s.held = true
	case inst.Op == "mov" && v.kind == state:
		s.held = false
	case inst.Op == "cmpxchg" && inst.Lock && low(v, 1) == (value{kind: number}):
		s.held = false
	default:
		w.refuse(inst, "it sets the run's state, which keeps the watchdog off, to something else than 1 or what it was before")
	}
	return value{}
}

// tableAccess follows an access to the table of cleanups or the log.
func (w *walk) tableAccess(inst *code.Inst, m *code.Arg, field int64, indexed bool, v value) value {
	if field >= runLog || m.Size != 8 {
		return value{}
	}
	if m.Written && !indexed && (field-runTable)%cleanup == 8 && v.kind != function && v.kind != imported && v.kind != given {
		w.refuse(inst, "it notes a cleanup that is no function")
	}
	return value{kind: given, mask: fromCleanups}
}
