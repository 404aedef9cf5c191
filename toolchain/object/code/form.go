package code

import (
	"fmt"
	"strconv"
	"strings"
)

// form is a row of the table.
type form struct {
	prefix   byte // mandatory, or 0
	digit    int8 // that the reg field of ModRM must hold, or -1
	modrm    int  // the whole of ModRM, or -1
	ops      [3]string
	operands []operand
	hasModRM bool
	sized    bool // 66 and REX.W choose the size of something

	lock, rep, repne, pad, addr32, rexW, rexB, keeps bool
	reads, writes                                    []Reg
	low                                              byte // of the opcode: a register
}

// operand is one of a form.
type operand struct {
	mode        byte // E, M, G, Z, A, C, I, J, R or 1
	size        byte // b, w, d, q, v, z, s or 0
	read, write bool
	address     bool // only computed
}

// forms are the rows of the table by opcode map (0: one byte, 1: behind 0f) and opcode.
var forms = parse(table)

// conditions are the endings of conditional instructions, in the order of their encoding.
var conditions = strings.Fields("o no b ae e ne be a s ns p np l ge le g")

func parse(table string) *[2][256][]*form {
	var all [2][256][]*form
	for line := range strings.Lines(table) {
		main, attributes, _ := strings.Cut(line, ";")
		fields := strings.Fields(main)
		if len(fields) == 0 {
			continue
		}
		if err := row(&all, fields[0], fields[1], fields[2:], strings.Fields(attributes)); err != nil {
			panic(fmt.Sprintf("code: row %q: %v", line, err))
		}
	}
	return &all
}

// row adds the forms of one row.
func row(all *[2][256][]*form, code, op string, operands, attributes []string) error {
	f := form{digit: -1, modrm: -1}
	for i, name := range strings.Split(op, "/") {
		f.ops[i] = name
	}
	code, digit, found := strings.Cut(code, "/")
	if found {
		f.digit, f.hasModRM = int8(digit[0]-'0'), true
	}
	code, conditional := strings.CutSuffix(code, "cc")
	code, registers := strings.CutSuffix(code, "+")
	n, err := strconv.ParseUint(code, 16, 32)
	if err != nil {
		return err
	}
	b := []byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)}[4-len(code)/2:]
	if b[0] == 0xf3 {
		f.prefix, b = b[0], b[1:]
	}
	page := 0
	if b[0] == 0x0f {
		page, b = 1, b[1:]
	}
	if len(b) == 2 {
		f.modrm, f.hasModRM = int(b[1]), true
	}
	for _, text := range operands {
		o := parseOperand(text)
		f.operands = append(f.operands, o)
		f.hasModRM = f.hasModRM || strings.ContainsRune("EMGR", rune(o.mode))
		f.sized = f.sized || o.size == 'v'
	}
	for _, a := range attributes {
		if err := f.attribute(a); err != nil {
			return err
		}
	}
	count := 1
	if registers {
		count = 8
	} else if conditional {
		count = 16
	}
	for i := range count {
		one := f
		one.low = byte(i)
		if conditional {
			one.ops[0] += conditions[i]
		}
		opcode := int(b[0]) + i
		if op == "xchg" && code == "90" && i > 0 {
			one.rexB = false // rax with itself is a nop, and has a row of its own
		}
		all[page][opcode] = append(all[page][opcode], &one)
	}
	return nil
}

func parseOperand(text string) operand {
	o := operand{read: true}
	switch text[0] {
	case '=':
		o.read, o.write, text = false, true, text[1:]
	case '+':
		o.write, text = true, text[1:]
	case '&':
		o.read, o.address, text = false, true, text[1:]
	}
	o.mode = text[0]
	if len(text) > 1 {
		o.size = text[1]
	}
	return o
}

func (f *form) attribute(a string) error {
	switch a {
	case "lock":
		f.lock = true
	case "rep":
		f.rep = true
	case "repne":
		f.repne = true
	case "pad":
		f.pad = true
	case "addr32":
		f.addr32 = true
	case "keeps":
		f.keeps = true
	case "v":
		f.sized = true
	case "w":
		f.rexW = true
	case "b":
		f.rexB = true
	default:
		for r := Reg(0); r < 16; r++ {
			switch a {
			case "<" + r.String():
				f.reads = append(f.reads, r)
				return nil
			case ">" + r.String():
				f.writes = append(f.writes, r)
				return nil
			}
		}
		return fmt.Errorf("unknown attribute %s", a)
	}
	return nil
}
