package code

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// long makes the comparison of decoders go through every start of four bytes and twenty million random strings.
var long = os.Getenv("REX_TEST_LONG") != ""

// shards are what the comparison is cut into: one for each first byte, and some of random strings.
const shards = 256 + 16

// strings15 calls try for strings of bytes to decode, the same in every run. try returns how many bytes decided what it saw.
func strings15(shard int, try func(b []byte) int) {
	random := rand.NewChaCha8([32]byte{byte(shard), byte(shard >> 8)})
	b := make([]byte, maxLen)
	switch {
	case shard >= 256:
		prefixes := []byte{0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e, 0x40, 0x41, 0x42, 0x44, 0x48, 0x49, 0x4c, 0x4f, 0x0f}
		strings := 10_000
		if long {
			strings = 1_250_000
		}
		for n := range strings {
			random.Read(b)
			for i := range n % 4 {
				b[i] = prefixes[int(b[i])%len(prefixes)]
			}
			try(b)
		}
	case long:
		// Every start of four bytes: where fewer decide, a few of those that have them in common.
		for n := 0; n < 1<<24; {
			random.Read(b)
			binary.BigEndian.PutUint32(b, uint32(shard<<24|n))
			same := 1
			if decided := try(b); decided < 4 {
				same <<= 8 * (4 - decided)
				for range 2 {
					random.Read(b[decided:])
					try(b)
				}
			}
			n = n&^(same-1) + same
		}
	default:
		for n := range 4 << 8 {
			random.Read(b)
			b[0], b[1] = byte(shard), byte(n)
			try(b)
		}
	}
}

// Three other decoders agree about length, operation and operands of all that is accepted: Go's, and those of the disassemblers that there are.
func TestDecoders(t *testing.T) {
	tools := disassemblers(t)
	var tried, accepted atomic.Int64
	var group sync.WaitGroup
	work := make(chan int)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			c := &comparison{t: t, tools: tools}
			for shard := range work {
				strings15(shard, func(b []byte) int {
					tried.Add(1)
					d := &decoder{b: b}
					i := &Inst{Addr: uint64(len(c.code))}
					if why := d.decode(i); why != "" {
						return d.at + 1 // find looks one byte ahead
					}
					accepted.Add(1)
					if why := differs(i, b); why != "" {
						t.Errorf("% x is `%s`, %d bytes; Go's decoder: %s", i.Bytes, i, i.Len(), why)
					}
					c.add(i)
					return d.numbersAt(i)
				})
			}
			c.flush()
		})
	}
	for shard := 0; shard < shards && !t.Failed(); shard++ {
		work <- shard
	}
	close(work)
	group.Wait()
	t.Logf("%d strings, %d accepted, each seen alike by Go's decoder and %d disassemblers", tried.Load(), accepted.Load(), len(tools))
	if accepted.Load() < 100_000 {
		t.Errorf("%d accepted; is that all?", accepted.Load())
	}
}

// numbersAt is where the displacement and the immediates of an instruction begin, which decide nothing.
func (d *decoder) numbersAt(i *Inst) int {
	if i.Disp > 0 {
		return i.Disp
	}
	at := i.Len()
	for n, o := range d.form.operands {
		if o.mode == 'I' {
			size := i.Args[n].Size
			switch o.size {
			case 's':
				size = 1
			case 'z':
				size = min(d.size, 4)
			}
			at -= size
		}
	}
	return at
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
	text := func() string { return x86asm.IntelSyntax(theirs, ours.Addr, nil) }
	if theirs.Len != ours.Len() {
		return fmt.Sprintf("%d bytes: %s", theirs.Len, text())
	}
	op := theirs.Op.String()
	if !strings.EqualFold(op, ours.Op) {
		return text()
	}
	for n, a := range ours.Args {
		if theirs.Args[n] == nil {
			if a.Kind == NoArg {
				break
			}
			// Strings have operands there that nobody can choose; elsewhere there must be as many.
			return text()
		}
		if a.Kind == NoArg {
			if ours.Rep || isImplicit(ours.Op) {
				break
			}
			return text()
		}
		if why := argDiffers(a, theirs.Args[n], ours); why != "" {
			return why + ": " + text()
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
			return goName(r)
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
	name := strings.ToLower(r.String())
	switch {
	case r >= x86asm.R8L && r <= x86asm.R15L:
		return name[:len(name)-1] + "d"
	case r >= x86asm.SPB && r <= x86asm.DIB:
		return name[:len(name)-1] + "l"
	}
	return name
}
