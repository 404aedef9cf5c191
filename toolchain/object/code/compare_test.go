package code

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// long makes the comparison of decoders go through every start of three bytes, and millions of random strings.
var long = os.Getenv("REX_TEST_LONG") != ""

// strings15 calls yield for strings of bytes to decode: every start of one and two bytes, or three, and random ones. They are the
// same in every run.
func strings15(yield func(b []byte) bool) {
	random := rand.NewChaCha8([32]byte{})
	b := make([]byte, maxLen)
	starts, tails, strings := 1<<16, 12, 300_000
	if long {
		starts, tails, strings = 1<<24, 1, 20_000_000
	}
	for n := range starts {
		for range tails {
			random.Read(b)
			b[0], b[1] = byte(n), byte(n>>8)
			if long {
				b[2] = byte(n >> 16)
			}
			if !yield(b) {
				return
			}
		}
	}
	prefixes := []byte{0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x40, 0x41, 0x42, 0x44, 0x48, 0x49, 0x4c, 0x4f, 0x0f}
	for n := range strings {
		random.Read(b)
		for i := range n % 4 {
			b[i] = prefixes[int(b[i])%len(prefixes)]
		}
		if !yield(b) {
			return
		}
	}
}

// Go's decoder agrees about length, operation and operands of all that is accepted.
func TestAgreesWithGo(t *testing.T) {
	accepted := 0
	for b := range strings15 {
		ours, err := Decode(b, 0x1000)
		if err != nil {
			continue
		}
		accepted++
		if why := differs(ours, b); why != "" {
			t.Fatalf("% x is `%s`, %d bytes; Go's decoder: %s", b, ours, ours.Len(), why)
		}
	}
	t.Logf("%d accepted", accepted)
	if accepted < 100_000 {
		t.Errorf("%d accepted; is that all?", accepted)
	}
}

// differs tells what Go's decoder sees otherwise.
func differs(ours *Inst, b []byte) string {
	if ours.Op == "endbr64" {
		return "" // which that one does not know
	}
	theirs, err := x86asm.Decode(b, 64)
	if err != nil {
		return err.Error()
	}
	text := x86asm.IntelSyntax(theirs, 0x1000, nil)
	if theirs.Len != ours.Len() {
		return fmt.Sprintf("%d bytes: %s", theirs.Len, text)
	}
	op := strings.ToLower(theirs.Op.String())
	if op != ours.Op {
		return text
	}
	for n, a := range ours.Args {
		if theirs.Args[n] == nil {
			if a.Kind == NoArg {
				break
			}
			// Strings have operands there that nobody can choose; elsewhere there must be as many.
			return text
		}
		if a.Kind == NoArg {
			if strings.HasPrefix(text, "rep") || isImplicit(op) {
				break
			}
			return text
		}
		if why := argDiffers(a, theirs.Args[n], ours); why != "" {
			return why + ": " + text
		}
	}
	return ""
}

// isImplicit tells whether Go's decoder names operands that the instruction cannot choose.
func isImplicit(op string) bool {
	for _, name := range []string{"movs", "stos", "lods", "scas", "cmps"} {
		if strings.HasPrefix(op, name) {
			return true
		}
	}
	return op == "nop" || op == "pause"
}

func argDiffers(ours Arg, theirs x86asm.Arg, i *Inst) string {
	switch x := theirs.(type) {
	case x86asm.Reg:
		if ours.Kind != InReg || !strings.EqualFold(goName(x), ours.String()) {
			return fmt.Sprintf("register %s", x)
		}
	case x86asm.Mem:
		m := ours.Mem
		name := func(r Reg) string {
			if r == None {
				return "0"
			}
			return r.String()
		}
		their := func(r x86asm.Reg) string {
			if r == 0 {
				return "0"
			}
			return strings.ToLower(r.String())
		}
		if ours.Kind != InMem || name(m.Base) != their(x.Base) || name(m.Index) != their(x.Index) ||
			m.Index != None && m.Scale != int64(x.Scale) || int32(m.Disp) != int32(x.Disp) {
			return fmt.Sprintf("memory %v", x)
		}
	case x86asm.Imm:
		same := extend(ours.Value, i) == extend(int64(x), i) || ours.Size == 1 && uint8(ours.Value) == uint8(x)
		if ours.Kind != Number || !same {
			return fmt.Sprintf("number %#x", int64(x))
		}
	case x86asm.Rel:
		if to, _ := i.Target(); ours.Kind != Place || to != i.Next()+uint64(int64(x)) {
			return fmt.Sprintf("distance %#x", int64(x))
		}
	}
	return ""
}

// extend is a number as the instruction means it: of the size of its first operand.
func extend(v int64, i *Inst) int64 {
	shift := 64 - 8*max(i.Args[0].Size, 1)
	return v << shift >> shift
}

// goName is the name of a register as everybody else writes it.
func goName(r x86asm.Reg) string {
	name := r.String()
	switch {
	case r >= x86asm.R8L && r <= x86asm.R15L:
		return name[:len(name)-1] + "d"
	case r >= x86asm.SPB && r <= x86asm.DIB:
		return name[:len(name)-1] + "l"
	}
	return name
}

// What disassemblers of other houses see: length and operation of all that is accepted.
func TestAgreesWithDisassemblers(t *testing.T) {
	if testing.Short() {
		t.Skip("two programs read some megabytes")
	}
	for _, tool := range []struct {
		name string
		args []string
	}{
		{"objdump", []string{"-d", "-z", "-M", "intel", "--no-show-raw-insn"}},
		{"llvm-objdump", []string{"-d", "-z", "--x86-asm-syntax=intel", "--no-show-raw-insn"}},
	} {
		t.Run(tool.name, func(t *testing.T) {
			path, err := exec.LookPath(tool.name)
			if err != nil {
				t.Skip("not on this host: ", err)
			}
			objcopy, err := exec.LookPath("objcopy")
			if err != nil {
				t.Skip("not on this host: ", err)
			}
			b, all := specimens()
			raw, object := filepath.Join(t.TempDir(), "raw"), filepath.Join(t.TempDir(), "object")
			if err := os.WriteFile(raw, b, 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := exec.Command(objcopy, "-I", "binary", "-O", "elf64-x86-64", "-B", "i386:x86-64",
				"--rename-section", ".data=.text,alloc,load,readonly,code,contents", raw, object).CombinedOutput()
			if err != nil {
				t.Fatalf("%s: %v: %s", objcopy, err, out)
			}
			compare(t, exec.Command(path, append(tool.args, object)...), all)
		})
	}
}

// specimens are accepted instructions, one every 32 bytes, among nops.
func specimens() ([]byte, []*Inst) {
	limit := 60_000
	if long {
		limit = 1_500_000
	}
	var out []byte
	var all []*Inst
	seen := map[[4]byte]bool{}
	for b := range strings15 {
		i, err := Decode(b, uint64(len(out)))
		if err != nil || seen[[4]byte(b)] {
			continue
		}
		seen[[4]byte(b)] = true
		i.Bytes = bytes.Clone(i.Bytes)
		all = append(all, i)
		out = append(out, i.Bytes...)
		out = append(out, bytes.Repeat([]byte{0x90}, 32-i.Len())...)
		if len(all) == limit {
			break
		}
	}
	return out, all
}

// compare holds the lines of a disassembler against what was decoded.
func compare(t *testing.T, cmd *exec.Cmd, all []*Inst) {
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(pipe)
	n, wrong := 0, 0
	var op string
	for lines.Scan() && n < len(all) && wrong < 20 {
		var addr uint64
		place, text, found := strings.Cut(lines.Text(), ":")
		if _, err := fmt.Sscanf(strings.TrimSpace(place), "%x", &addr); err != nil || !found || strings.TrimSpace(text) == "" {
			continue
		}
		i := all[n]
		switch {
		case addr == i.Addr, addr < i.Next() && op == "": // some give prefixes a line
			op = operation(text)
		case addr > i.Addr:
			if op == "xchg" && i.Op == "nop" {
				op = "nop" // 66 90: of ax with itself
			}
			if addr != i.Next() || op != operation(i.String()) {
				t.Errorf("% x is `%s`, %d bytes; here it is %s, %d bytes", i.Bytes, i, i.Len(), op, addr-i.Addr)
				wrong++
			}
			n++
		}
	}
	t.Logf("%d compared", n)
	if wrong < 20 && (lines.Err() != nil || n < len(all)) {
		t.Errorf("%d of %d: %v", n, len(all), lines.Err())
	}
	cmd.Process.Kill()
	cmd.Wait()
}

// operation is the name of the operation in a line, by which all call it.
func operation(text string) string {
	for _, word := range strings.Fields(text) {
		switch word {
		case "lock", "rep", "repe", "repz", "repne", "repnz", "data16", "cs", "addr32":
			continue
		case "movabs":
			return "mov"
		}
		for _, name := range []string{"movs", "stos", "lods", "scas", "cmps"} {
			if rest, ok := strings.CutPrefix(word, name); ok && len(rest) < 2 && rest != "x" {
				return name
			}
		}
		return word
	}
	return ""
}
