package code

import (
	"encoding/binary"
	"fmt"
)

// maxLen is how many bytes an instruction may have.
const maxLen = 15

// decoder is the work on one instruction.
type decoder struct {
	b        []byte
	at       int
	prefixes [256]uint8 // how many of each
	rex      byte
	used     byte // bits of REX that mean something
	form     *form
	modrm    byte
	size     int
}

// Refused is why bytes are no instruction of the table.
type Refused struct {
	Bytes []byte
	Why   string
}

func (r *Refused) Error() string {
	return fmt.Sprintf("bytes % x: %s", r.Bytes, r.Why)
}

// Decode decodes the first instruction of b, which is at addr. Bytes that are in no form of the table are refused.
func Decode(b []byte, addr uint64) (*Inst, error) {
	d := &decoder{b: b[:min(len(b), maxLen)]}
	i := &Inst{Addr: addr}
	if why := d.decode(i); why != "" {
		return &Inst{Addr: addr}, &Refused{d.b[:min(len(d.b), 8)], why}
	}
	return i, nil
}

const cut = "they end within an instruction"

func (d *decoder) decode(i *Inst) string {
	if why := d.prefix(); why != "" {
		return why
	}
	if why := d.find(); why != "" {
		return why
	}
	f := d.form
	i.form, i.Op = f, f.ops[0]
	d.size = 4
	if f.sized {
		switch {
		case d.rex&8 != 0 && !f.pad:
			d.size = 8
			d.used |= 8
		case d.prefixes[0x66] > 0:
			d.size = 2
		}
		if f.ops[2] != "" {
			i.Op = f.ops[map[int]int{2: 0, 4: 1, 8: 2}[d.size]]
		}
	}
	var mem Mem
	if f.hasModRM {
		d.at++ // find has looked at it
		if d.modrm>>6 != 3 {
			var ok bool
			if mem, ok = d.memory(i); !ok {
				return cut
			}
		}
	}
	needsREX := false
	for n, o := range f.operands {
		if o.mode == 'J' {
			i.Disp = d.at
		}
		a, ok := d.operand(o, mem)
		if !ok {
			return cut
		}
		if a.Kind == NoArg {
			return "an operand is in memory, or is not, other than in any form that an extension may use"
		}
		if a.Kind == InReg && a.Size == 1 && o.mode != 'C' && a.Reg >= RSP && a.Reg <= RDI && !a.High {
			needsREX = true
		}
		i.Args[n] = a
	}
	i.Bytes = d.b[:d.at]
	if to := &i.Args[0]; to.Kind == Place {
		to.Value += int64(i.Next())
	}
	return d.check(i, needsREX)
}

// prefix collects what stands before the opcode.
func (d *decoder) prefix() string {
	for ; d.at < len(d.b); d.at++ {
		switch p := d.b[d.at]; p {
		case 0x64, 0x65:
			return "an address goes through a segment register, whose base is the kernel's"
		case 0x26, 0x2e, 0x36, 0x3e, 0x66, 0x67, 0xf0, 0xf2, 0xf3:
			d.prefixes[p]++
		default:
			if p&0xf0 == 0x40 {
				d.rex = p
				d.at++
			}
			return ""
		}
	}
	return cut
}

// find looks for the form.
func (d *decoder) find() string {
	page := 0
	if d.at < len(d.b) && d.b[d.at] == 0x0f {
		page = 1
		d.at++
	}
	if d.at >= len(d.b) {
		return cut
	}
	opcode := d.b[d.at]
	d.at++
	candidates := forms[page][opcode]
	if d.at < len(d.b) {
		d.modrm = d.b[d.at]
	}
	whole := false // there is a byte for ModRM, if one is needed
	for _, f := range candidates {
		if f.hasModRM && d.at >= len(d.b) {
			continue
		}
		whole = true
		switch {
		case f.prefix != 0 && d.prefixes[f.prefix] == 0,
			f.digit >= 0 && byte(f.digit) != d.modrm>>3&7,
			f.modrm >= 0 && byte(f.modrm) != d.modrm,
			f.rexB && d.rex&1 == 0:
			continue
		}
		// A mandatory prefix, and REX.B, make a form the better one.
		if d.form == nil || f.prefix != 0 || f.rexB {
			d.form = f
		}
	}
	if d.form == nil {
		if len(candidates) > 0 && !whole {
			return cut
		}
		return why(page, opcode, d.modrm)
	}
	return ""
}

// memory decodes an operand in memory, from behind ModRM on.
func (d *decoder) memory(i *Inst) (Mem, bool) {
	m := Mem{Base: Reg(d.modrm & 7), Index: None, Scale: 1}
	mod, wide := d.modrm>>6, false
	switch m.Base {
	case RSP:
		if d.at >= len(d.b) {
			return m, false
		}
		sib := d.b[d.at]
		d.at++
		m.Base, m.Index, m.Scale = Reg(sib&7), Reg(sib>>3&7), 1<<(sib>>6)
		d.used |= 2
		if d.rex&2 != 0 {
			m.Index += 8
		}
		if m.Index == RSP {
			m.Index, m.Scale = None, 1
		}
		if m.Base == RBP && mod == 0 {
			m.Base, wide = None, true
		}
	case RBP:
		if mod == 0 {
			m.Base, wide = RIP, true
		}
	}
	if !wide {
		d.used |= 1
		if d.rex&1 != 0 {
			m.Base += 8
		}
	}
	i.Disp = d.at
	var ok bool
	switch {
	case mod == 1:
		m.Disp, ok = d.number(1)
	case mod == 2 || wide:
		m.Disp, ok = d.number(4)
	default:
		ok = true
	}
	return m, ok
}

// number reads a signed number.
func (d *decoder) number(size int) (int64, bool) {
	if d.at+size > len(d.b) {
		return 0, false
	}
	b := d.b[d.at:]
	d.at += size
	switch size {
	case 1:
		return int64(int8(b[0])), true
	case 2:
		return int64(int16(binary.LittleEndian.Uint16(b))), true
	case 4:
		return int64(int32(binary.LittleEndian.Uint32(b))), true
	}
	return int64(binary.LittleEndian.Uint64(b)), true
}

// operand decodes one operand; of no kind if the form does not fit after all.
func (d *decoder) operand(o operand, mem Mem) (Arg, bool) {
	a := Arg{Size: d.bytes(o.size), Read: o.read, Written: o.write, Address: o.address}
	switch o.mode {
	case 'E', 'M', 'R':
		inMemory := d.modrm>>6 != 3
		if inMemory && o.mode == 'R' || !inMemory && o.mode == 'M' {
			return Arg{}, true
		}
		if inMemory {
			a.Kind, a.Mem = InMem, mem
			if o.mode == 'M' {
				a.Size = 0
			}
			return a, true
		}
		return d.register(a, d.modrm&7, 1), true
	case 'G':
		return d.register(a, d.modrm>>3&7, 4), true
	case 'Z':
		return d.register(a, d.form.low, 1), true
	case 'A':
		a.Kind, a.Reg = InReg, RAX
		return a, true
	case 'C':
		a.Kind, a.Reg, a.Size = InReg, RCX, 1
		return a, true
	case '1':
		a.Kind, a.Value = Number, 1
		return a, true
	}
	a.Kind = Number
	if o.mode == 'J' {
		a.Kind = Place
	}
	size := a.Size
	switch o.size {
	case 's':
		size = 1
	case 'z':
		size = min(d.size, 4)
	}
	if o.mode == 'J' && o.size == 'z' {
		size = 4
	}
	var ok bool
	a.Value, ok = d.number(size)
	return a, ok
}

// bytes is the size of an operand.
func (d *decoder) bytes(size byte) int {
	switch size {
	case 'b':
		return 1
	case 'w':
		return 2
	case 'd':
		return 4
	case 'q':
		return 8
	}
	return d.size
}

// register is register n with a bit of REX on top.
func (d *decoder) register(a Arg, n, bit byte) Arg {
	a.Kind, a.Reg = InReg, Reg(n)
	d.used |= bit
	if d.rex&bit != 0 {
		a.Reg += 8
	}
	if a.Size == 1 && d.rex == 0 && n >= 4 {
		a.Reg, a.High = Reg(n-4), true
	}
	return a
}

// legacyPrefixes are those that prefix counts.
var legacyPrefixes = []byte{0x26, 0x2e, 0x36, 0x3e, 0x66, 0x67, 0xf0, 0xf2, 0xf3}

// check refuses prefixes that the form does not permit, and those that mean nothing.
func (d *decoder) check(i *Inst, needsREX bool) string {
	f := d.form
	for _, p := range legacyPrefixes {
		n := d.prefixes[p]
		if n == 0 {
			continue
		}
		permitted := uint8(0)
		switch p {
		case 0x66:
			permitted = 0
			if f.sized && d.rex&8 == 0 {
				permitted = 1
			}
			if f.pad {
				permitted = maxLen
			}
		case 0x67:
			if f.addr32 {
				permitted = 1
			}
		case 0x2e:
			if f.pad {
				permitted, i.pad = 1, "cs "
			}
		case 0xf0:
			if f.lock && i.Memory() != nil {
				permitted, i.Lock, i.pad = 1, true, "lock "
			}
		case 0xf3:
			if f.rep || f.prefix == 0xf3 {
				permitted = 1
			}
			if f.rep {
				i.Rep, i.pad = true, "rep "
			}
		case 0xf2:
			if f.repne && d.prefixes[0xf3] == 0 {
				permitted, i.Rep, i.pad = 1, true, "repne "
			}
		}
		if n > permitted {
			return fmt.Sprintf("prefix %02x is not permitted with %s", p, i.Op)
		}
	}
	switch {
	case f.rexW && d.rex&8 == 0:
		return "it is a mov of 32 bits in the guise of movsxd"
	case d.rex&^0x40&^d.used != 0, d.rex == 0x40 && !needsREX:
		return fmt.Sprintf("prefix %02x (REX) says something about %s that means nothing", d.rex, i.Op)
	}
	return ""
}
