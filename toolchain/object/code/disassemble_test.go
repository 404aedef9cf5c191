package code

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// disassembler is a program that shows what it decodes.
type disassembler struct {
	name string
	args []string
}

// disassemblers are those of the tools tree, and of many hosts.
func disassemblers(t *testing.T) []disassembler {
	all := []disassembler{
		{"objdump", []string{"-d", "-z", "-M", "intel", "--no-show-raw-insn"}},
		{"llvm-objdump", []string{"-d", "-z", "--x86-asm-syntax=intel", "--no-show-raw-insn"}},
	}
	return slices.DeleteFunc(all, func(d disassembler) bool {
		for _, name := range []string{d.name, "objcopy"} {
			if _, err := exec.LookPath(name); err != nil {
				t.Logf("without %s, which is not on this host: %v", d.name, err)
				return true
			}
		}
		return false
	})
}

// comparison gathers instructions, one behind the other, and shows them to the disassemblers.
type comparison struct {
	t     *testing.T
	tools []disassembler
	code  []byte
	all   []*Inst
}

// batch is how many instructions are shown at once.
const batch = 1 << 16

// add takes an instruction.
func (c *comparison) add(i *Inst) {
	i.Bytes = bytes.Clone(i.Bytes)
	c.code = append(c.code, i.Bytes...)
	if c.all = append(c.all, i); len(c.all) == batch {
		c.flush()
	}
}

// flush shows what was gathered.
func (c *comparison) flush() {
	if len(c.all) == 0 {
		return
	}
	dir := c.t.TempDir()
	raw, object := filepath.Join(dir, "raw"), filepath.Join(dir, "object")
	if err := os.WriteFile(raw, append(c.code, 0x90), 0o600); err != nil {
		c.t.Error(err)
		return
	}
	for _, d := range c.tools {
		out, err := exec.Command("objcopy", "-I", "binary", "-O", "elf64-x86-64", "-B", "i386:x86-64",
			"--rename-section", ".data=.text,alloc,load,readonly,code,contents", raw, object).CombinedOutput()
		if err != nil {
			c.t.Errorf("objcopy: %v: %s", err, out)
			return
		}
		if err := c.hold(exec.Command(d.name, append(d.args, object)...)); err != nil {
			c.t.Errorf("%s: %v", d.name, err)
		}
	}
	c.code, c.all = c.code[:0], c.all[:0]
	if err := os.RemoveAll(dir); err != nil {
		c.t.Error(err)
	}
}

// hold holds the lines of a disassembler against what was decoded.
func (c *comparison) hold(cmd *exec.Cmd) error {
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	lines := bufio.NewScanner(pipe)
	n, text := 0, ""
	for lines.Scan() {
		place, rest, found := strings.Cut(lines.Text(), ":")
		addr, err := strconv.ParseUint(strings.TrimSpace(place), 16, 64)
		if err != nil || !found || strings.TrimSpace(rest) == "" {
			continue
		}
		i := c.all[n]
		if addr >= i.Next() {
			if why := unlike(i, text); addr != i.Next() || why != "" {
				return fmt.Errorf("% x is `%s`, %d bytes; here it is `%s`, %d bytes: %s", i.Bytes, i, i.Len(), strings.TrimSpace(text), addr-i.Addr, why)
			}
			if n++; n == len(c.all) {
				return nil
			}
			text = ""
		}
		text += " " + rest // some give prefixes a line
	}
	return fmt.Errorf("%d instructions of %d: %w", n, len(c.all), lines.Err())
}

// prefixes are what disassemblers write before an operation.
var prefixes = []string{"lock", "rep", "repe", "repz", "repne", "repnz", "data16", "cs", "addr32"}

// unlike tells what a line of a disassembler says otherwise than i.
func unlike(i *Inst, line string) string {
	line, _, _ = strings.Cut(line, "#") // where an address relative to rip leads to
	op, rest, _ := strings.Cut(strings.Join(strings.Fields(line), " "), " ")
	for slices.Contains(prefixes, op) {
		op, rest, _ = strings.Cut(rest, " ")
	}
	switch {
	case op == "movabs":
		op = "mov"
	case op == "xchg" && i.Op == "nop" && rest == "ax,ax" || rest == "ax, ax":
		return "" // as it is written in two bytes
	case i.Args[0].Kind == NoArg && len(i.Op) == 5 && strings.HasPrefix(op, i.Op[:4]):
		if op == i.Op[:4] { // objdump tells the size by the operands
			return sizeOf(rest, map[byte]string{'b': "BYTE", 'w': "WORD", 'd': "DWORD", 'q': "QWORD"}[i.Op[4]])
		}
	}
	if op != i.Op {
		return "another operation"
	}
	if i.Args[0].Kind == NoArg {
		return ""
	}
	args := strings.Split(rest, ",")
	if op == "xchg" && len(args) == 2 && matches(i, i.Args[0], args[1]) == "" {
		slices.Reverse(args)
	}
	for n, a := range i.Args {
		switch {
		case a.Kind == NoArg && n < len(args):
			return "more operands"
		case a.Kind == NoArg:
			return ""
		case n >= len(args) && i.form.operands[n].mode == '1':
			return "" // a shift by one, which goes without saying
		case n >= len(args):
			return "fewer operands"
		}
		if why := matches(i, a, args[n]); why != "" {
			return why
		}
	}
	return ""
}

// sizeOf holds the size of a string operation against that of its operands in memory.
func sizeOf(operands, size string) string {
	if !strings.HasPrefix(operands, size+" PTR") && !strings.Contains(operands, ","+size+" PTR") {
		return "another size than " + size
	}
	return ""
}

// matches tells what the text of an operand says otherwise than a, an operand of i.
func matches(i *Inst, a Arg, text string) string {
	text = strings.TrimSpace(text)
	switch a.Kind {
	case InReg:
		if text != a.String() {
			return "register " + text
		}
	case Number:
		v, err := numberIn(text)
		if err != nil || extend(a.Value, i) != extend(v, i) && (a.Size != 1 || uint8(a.Value) != uint8(v)) {
			return "number " + text
		}
	case Place:
		word, _, _ := strings.Cut(text, " ")
		v, err := strconv.ParseUint(strings.TrimPrefix(word, "0x"), 16, 64)
		if err != nil || v != uint64(a.Value) {
			return "place " + text
		}
	case InMem:
		m, size, err := memoryIn(text)
		if err != nil || m != a.Mem && !(m.Base == a.Mem.Index && m.Index == a.Mem.Base && m.Scale == 1 && a.Mem.Scale == 1 && m.Disp == a.Mem.Disp) ||
			size != 0 && a.Size != 0 && size != a.Size {
			return fmt.Sprintf("memory %s: %+v, %d bytes, %v; %+v", text, m, size, err, a)
		}
	}
	return ""
}

// numberIn reads a number as disassemblers write it.
func numberIn(text string) (int64, error) {
	if v, err := strconv.ParseInt(text, 0, 64); err == nil {
		return v, nil
	}
	v, err := strconv.ParseUint(text, 0, 64)
	return int64(v), err
}

// memoryIn reads an operand in memory, and its size if that is told.
func memoryIn(text string) (m Mem, size int, err error) {
	m = Mem{Base: None, Index: None, Scale: 1}
	if before, rest, found := strings.Cut(text, " ptr "); found || len(before) < len(text) {
		text, size = rest, map[string]int{"byte": 1, "word": 2, "dword": 4, "qword": 8}[before]
	} else if before, rest, found := strings.Cut(text, " PTR "); found {
		text, size = rest, map[string]int{"BYTE": 1, "WORD": 2, "DWORD": 4, "QWORD": 8}[before]
	}
	if absolute := strings.HasPrefix(text, "ds:"); !absolute && !strings.HasPrefix(text, "[") {
		return m, size, errors.New("it is not in memory")
	}
	text = strings.TrimPrefix(text, "ds:")
	text = strings.NewReplacer("[", "", "]", "", " ", "", "-", "+-").Replace(text)
	for term := range strings.SplitSeq(text, "+") {
		if term == "" {
			continue
		}
		if v, err := numberIn(term); err == nil {
			m.Disp = int64(int32(v))
			continue
		}
		a, b, scaled := strings.Cut(term, "*")
		if scaled && a[0] >= '1' && a[0] <= '8' {
			a, b = b, a
		}
		if a == "riz" {
			continue // no index
		}
		r := Reg(slices.Index(registers, a))
		switch {
		case r == None:
			return m, size, fmt.Errorf("%s is no register", a)
		case scaled:
			m.Index = r
			if m.Scale, err = numberIn(b); err != nil {
				return m, size, err
			}
		case m.Base == None:
			m.Base = r
		default:
			m.Index = r
		}
	}
	return m, size, nil
}
