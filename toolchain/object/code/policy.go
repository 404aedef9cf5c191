package code

import (
	"fmt"
	"strings"

	"golang.org/x/arch/x86/x86asm"
)

// set is a set of operations.
type set map[x86asm.Op]bool

// byName are all operations that the decoder knows.
var byName = func() map[string]x86asm.Op {
	all := map[string]x86asm.Op{}
	for op := x86asm.Op(1); !strings.HasPrefix(op.String(), "Op("); op++ {
		all[op.String()] = op
	}
	return all
}()

// ops are operations by their names, which must be known.
func ops(names string) set {
	s := set{}
	for name := range strings.FieldsSeq(names) {
		op, ok := byName[name]
		if !ok {
			panic("code: no operation " + name)
		}
		s[op] = true
	}
	return s
}

func union(sets ...set) set {
	all := set{}
	for _, s := range sets {
		for op := range s {
			all[op] = true
		}
	}
	return all
}

// What an extension may use: integers and control flow of the oldest x86-64 (docs/abi.md, section 8).
var (
	arithmetic = ops("ADD ADC SUB SBB AND OR XOR NOT NEG INC DEC CMP TEST MUL IMUL DIV IDIV XADD CMPXCHG BSWAP SHL SHR SAR ROL ROR " +
		"RCL RCR SHLD SHRD BT BTS BTR BTC BSF BSR TZCNT CBW CWDE CDQE CWD CDQ CQO STC CLC CMC STD CLD")
	moves = ops("MOV MOVZX MOVSX MOVSXD LEA PUSH POP LEAVE XCHG NOP PAUSE LFENCE MFENCE SFENCE CMOVA CMOVAE CMOVB CMOVBE CMOVE " +
		"CMOVG CMOVGE CMOVL CMOVLE CMOVNE CMOVNO CMOVNP CMOVNS CMOVO CMOVP CMOVS SETA SETAE SETB SETBE SETE SETG SETGE " +
		"SETL SETLE SETNE SETNO SETNP SETNS SETO SETP SETS")
	strs = ops("MOVSB MOVSW MOVSD MOVSQ STOSB STOSW STOSD STOSQ LODSB LODSW LODSD LODSQ CMPSB CMPSW CMPSD CMPSQ SCASB SCASW " +
		"SCASD SCASQ")
	bitOps   = ops("BT BTS BTR BTC")
	jumps    = ops("JA JAE JB JBE JE JG JGE JL JLE JNE JNO JNP JNS JO JP JS")
	branches = union(jumps, ops("JMP CALL RET"))
	allowed  = union(arithmetic, moves, strs, branches)
)

// Why others are refused: for the message alone, since what is not allowed is refused anyway.
var refused = []struct {
	why string
	ops set
}{
	{"it is input or output, which belongs to drivers", ops("IN OUT INSB INSW INSD OUTSB OUTSW OUTSD")},
	{"it changes how the processor works, which belongs to the kernel", ops("RDMSR WRMSR HLT CLI STI SWAPGS LGDT LIDT LLDT LTR LMSW CLTS INVD WBINVD INVLPG INVPCID XSETBV MONITOR MWAIT RSM " +
		"WRFSBASE WRGSBASE RDFSBASE RDGSBASE POPF POPFD POPFQ PUSHF PUSHFD PUSHFQ LFS LGS LSS")},
	{"it enters or leaves the kernel", ops("SYSCALL SYSENTER SYSEXIT SYSRET INT INTO IRET IRETD IRETQ")},
	{"it is a trap: an oops of the kernel", ops("UD0 UD1 UD2 ICEBP")},
	{"it asks about the processor or the time, which helpers do", ops("CPUID RDTSC RDTSCP RDPMC XGETBV SGDT SIDT SLDT STR SMSW VERR VERW LAR LSL")},
	{"it goes to another segment", ops("LCALL LJMP LRET")},
	{"not every x86-64 processor has it", ops("POPCNT LZCNT CRC32 MOVBE RDRAND CMPXCHG16B")},
}

// Fault says why an extension may not use the instruction, or nothing.
func (i Inst) Fault() string {
	if i.Endbr64 {
		return ""
	}
	if i.Op == x86asm.INT && i.Opcode>>24 == 0xcc {
		return "it is a trap: an oops of the kernel"
	}
	for _, r := range refused {
		if r.ops[i.Op] {
			return r.why
		}
	}
	for _, a := range i.Args {
		if why := argFault(i, a); why != "" {
			return why
		}
	}
	if !allowed[i.Op] {
		if strings.HasPrefix(i.Op.String(), "F") {
			return vector
		}
		return "it is not among the instructions that an extension may use"
	}
	_, memory := i.Args[0].(x86asm.Mem)
	_, register := i.Args[1].(x86asm.Reg)
	switch {
	case i.Op == x86asm.RET && i.Args[0] != nil:
		return "it takes arguments off the stack of its caller"
	case bitOps[i.Op] && memory && register:
		return "the bit that it is about may be anywhere in memory"
	}
	return prefixFault(i)
}

// vector is why floating point and vector instructions are refused.
const vector = "it uses registers that the kernel does not save"

func argFault(i Inst, a x86asm.Arg) string {
	switch a := a.(type) {
	case x86asm.Reg:
		if a >= x86asm.F0 && a < x86asm.ES {
			return vector
		}
		if a < x86asm.AL || a > x86asm.R15 {
			return fmt.Sprintf("%s is no general purpose register", strings.ToLower(a.String()))
		}
	case x86asm.Mem:
		if i.Op == x86asm.NOP {
			return ""
		}
		if a.Segment != 0 && !strs[i.Op] {
			return "it goes through a segment register"
		}
		if a.Base == 0 && a.Index == 0 {
			return "its operand is at a fixed address, and an image can be anywhere"
		}
	}
	return ""
}

func prefixFault(i Inst) string {
	rex := false
	for n, p := range i.Prefix {
		if p == 0 {
			break
		}
		// The two that change nothing on any operation.
		if kind := p &^ (x86asm.PrefixImplicit | x86asm.PrefixIgnored | x86asm.PrefixInvalid); kind.IsREX() {
			// Another prefix behind it would switch it off.
			rex = n+1 == len(i.Prefix) || i.Prefix[n+1] == 0
			if !rex {
				return "a prefix stands behind REX"
			}
			continue
		} else if why := onePrefixFault(i, p, kind); why != "" {
			return why
		}
	}
	return ""
}

func onePrefixFault(i Inst, p, kind x86asm.Prefix) string {
	switch kind {
	case x86asm.PrefixDataSize, x86asm.PrefixData16, x86asm.PrefixData32:
		if branches[i.Op] {
			return "processors disagree about an operand size on branches"
		}
	case x86asm.PrefixAddrSize, x86asm.PrefixAddr16, x86asm.PrefixAddr32:
		// Linkers fill up a direct call with it; any other use would cut addresses to 32 bits.
		if _, direct := i.Target(); i.Op != x86asm.CALL || !direct {
			return "its addresses have 32 bits"
		}
	case x86asm.PrefixLOCK:
		if p&(x86asm.PrefixInvalid|x86asm.PrefixIgnored) != 0 {
			return "it cannot be locked"
		}
	case x86asm.PrefixREP, x86asm.PrefixREPN:
		if !strs[i.Op] && (p&x86asm.PrefixImplicit == 0 || i.Op == x86asm.NOP) {
			return "it cannot be repeated"
		}
	case x86asm.PrefixCS, x86asm.PrefixDS, x86asm.PrefixES, x86asm.PrefixSS:
		if i.Op != x86asm.NOP {
			return "it goes through a segment register"
		}
	default:
		return "it has a prefix that an extension may not use"
	}
	return ""
}

// Writes tells whether the instruction writes its first operand.
func (i Inst) Writes() bool {
	switch i.Op {
	case x86asm.CMP, x86asm.TEST, x86asm.BT, x86asm.PUSH, x86asm.JMP, x86asm.CALL, x86asm.RET, x86asm.NOP, x86asm.MUL, x86asm.DIV, x86asm.IDIV, x86asm.CMPSB, x86asm.CMPSW, x86asm.CMPSD, x86asm.CMPSQ, x86asm.SCASB, x86asm.SCASW, x86asm.SCASD, x86asm.SCASQ:
		return false
	case x86asm.IMUL:
		return i.Args[1] != nil
	}
	return i.Args[0] != nil && !jumps[i.Op]
}
