package flow

import (
	"debug/elf"
	"strings"
	"testing"

	"rex/toolchain/object"
	"rex/toolchain/object/code"
)

// Where the functions of a test are.
const (
	first  = 0x1000
	check  = 0x1100 // __rex_check_stack: returns
	never  = 0x1200 // loops
	leaf   = 0x1300 // returns
	sp     = 0x1310 // returns the stack pointer
	flag   = 0x1320 // returns a byte
	passes = 0x1330 // returns what sp returns
	size   = 0x1400 - first
)

// follow follows a function that holds b, among others that it may call.
func follow(t *testing.T, b string) (*Function, []*code.Refusal) {
	t.Helper()
	text := make([]byte, size)
	copy(text, b)
	text[check-first], text[leaf-first] = 0xc3, 0xc3
	copy(text[never-first:], "\xeb\xfe")
	copy(text[sp-first:], "\x48\x89\xe0\xc3")           // mov rax, rsp; ret
	copy(text[flag-first:], "\x85\xff\x0f\x95\xc0\xc3") // test edi, edi; setne al; ret
	copy(text[passes-first:], "\xe9\xdb\xff\xff\xff")   // jmp sp
	o := &object.Object{
		Segments: []object.Segment{{Start: first, End: first + size, Flags: elf.PF_R | elf.PF_X, Data: text}},
		Functions: []object.Function{
			{Name: "f", Start: first, End: first + uint64(len(b))}, {Name: CheckStack, Start: check, End: check + 1},
			{Name: "never", Start: never, End: never + 2}, {Name: "leaf", Start: leaf, End: leaf + 1},
			{Name: "sp", Start: sp, End: sp + 4}, {Name: "flag", Start: flag, End: flag + 6}, {Name: "passes", Start: passes, End: passes + 5},
		},
	}
	swept := code.Sweep(o)
	for _, r := range swept.Refusals {
		t.Fatal(r)
	}
	g := New(swept)
	return g.Functions[swept.Functions[0]], g.Refusals
}

// Instructions, by name.
const (
	prologue  = "\x55\x48\x89\xe5" // push rbp; mov rbp, rsp
	pushRbx   = "\x53"
	popRbx    = "\x5b"
	clearRbx  = "\x31\xdb"
	sub32     = "\x48\x83\xec\x20" // sub rsp, 32
	add32     = "\x48\x83\xc4\x20"
	leave     = "\xc9"
	ret       = "\xc3"
	saveRbx   = "\x48\x89\x5c\x24\x08" // mov [rsp+8], rbx
	loadRbx   = "\x48\x8b\x5c\x24\x08"
	spill4    = "\xc7\x44\x24\x0c\x00\x00\x00\x00" // mov dword [rsp+12], 0
	spillNext = "\xc7\x44\x24\x10\x00\x00\x00\x00" // mov dword [rsp+16], 0
)

// call is a call at an offset of f.
func call(at int, to int) string {
	d := to - (first + at + 5)
	return string([]byte{0xe8, byte(d), byte(d >> 8), byte(d >> 16), byte(d >> 24)})
}

func TestFrames(t *testing.T) {
	tests := map[string]struct {
		code  string
		frame int64
		want  string // a part of the refusal
	}{
		"nothing":                   {ret, 0, ""},
		"frame":                     {prologue + sub32 + leave + ret, 40, ""},
		"frame without rbp":         {sub32 + add32 + ret, 32, ""},
		"saved by push":             {pushRbx + clearRbx + popRbx + ret, 8, ""},
		"saved by mov":              {sub32 + saveRbx + clearRbx + loadRbx + add32 + ret, 32, ""},
		"saved and overwritten":     {sub32 + saveRbx + clearRbx + spill4 + loadRbx + add32 + ret, 0, "overwrites register rbx"},
		"saved beside a store":      {sub32 + saveRbx + clearRbx + spillNext + loadRbx + add32 + ret, 32, ""},
		"not saved":                 {clearRbx + ret, 0, "rbx does not hold"},
		"half of it":                {"\xb3\x00" + ret, 0, "rbx does not hold"}, // mov bl, 0
		"rbp lost":                  {"\x31\xed" + ret, 0, "rbp does not hold"},
		"aligned":                   {prologue + "\x48\x83\xe4\xc0" + "\x48\x83\xec\x40" + "\x48\x89\xec\x5d" + ret, 8 + 56 + 64, ""},
		"aligned and back by lea":   {prologue + pushRbx + "\x48\x83\xe4\xe0" + sub32 + "\x48\x8d\x65\xf8" + popRbx + "\x5d" + ret, 16 + 24 + 32, ""},
		"aligned, not back":         {prologue + "\x48\x83\xe4\xc0" + "\x5d" + ret, 0, "cannot be followed"},
		"depends on the way":        {"\x85\xff\x74\x01\x50" + ret, 0, "depends on the way"},
		"dynamic":                   {prologue + "\x48\x29\xfc" + leave + ret, 0, "cannot be followed"},
		"loop of pushes":            {"\x50\xeb\xfd", 0, "depends on the way"},
		"from memory":               {"\x48\x8b\x27" + ret, 0, "cannot be followed"}, // mov rsp, [rdi]
		"half of rsp":               {"\x66\x83\xc4\x08" + ret, 0, "cannot be followed"},
		"above the entry":           {"\x58\x50" + ret, 0, "cannot be followed"},
		"odd":                       {"\x48\x83\xec\x04\x48\x83\xc4\x04" + ret, 4, ""},
		"odd in a call":             {"\x48\x83\xec\x04" + call(4, leaf) + "\x48\x83\xc4\x04" + ret, 0, "no multiple of 8"},
		"odd and aligned":           {prologue + "\x48\x83\xec\x04\x48\x83\xe4\xf0" + leave + ret, 0, "cannot be followed"},
		"not given back":            {sub32 + ret, 0, "not where it was"},
		"given back twice":          {pushRbx + popRbx + popRbx + ret, 0, "cannot be followed"},
		"leave without a frame":     {leave + ret, 0, "does not point into the frame"},
		"below the stack pointer":   {"\x48\x89\x44\x24\xf8" + ret, 0, "8 bytes below"},
		"read below it":             {"\x48\x8b\x44\x24\xf0" + ret, 0, "16 bytes below"},
		"return address":            {"\x48\x89\x04\x24" + ret, 0, "return address"},
		"byte of a return address":  {prologue + "\xc6\x45\x0f\x00\x5d" + ret, 0, "return address"},
		"return address added to":   {prologue + "\x48\x83\x45\x08\x01\x5d" + ret, 0, "return address"},
		"arguments":                 {"\x48\x8b\x44\x24\x08" + ret, 0, ""},
		"tail call":                 {prologue + sub32 + leave + "\xe9" + call(9, leaf)[1:], 40, ""},
		"tail call with a frame":    {prologue + "\xe9" + call(4, leaf)[1:], 0, "not where it was"},
		"conditional tail call":     {"\x85\xff\x0f\x84" + call(3, leaf)[1:] + ret, 0, ""},
		"written on one way":        {sub32 + "\x85\xff\x4c\x0f\x42\x17\x4c\x89\x54\x24\x08" + add32 + ret, 32, ""}, // cmovb r10, [rdi]; mov [rsp+8], r10
		"another's on one way":      {sub32 + "\x85\xff\x4c\x0f\x42\xd3\x4c\x89\x54\x24\x08" + add32 + ret, 0, "on one way here"},
		"cleared by and":            {sub32 + "\x4c\x89\x14\x24\x83\x64\x24\x04\x00\x8b\x44\x24\x04" + add32 + ret, 32, ""}, // mov [rsp], r10; and dword [rsp+4], 0
		"saved and cleared by and":  {sub32 + saveRbx + clearRbx + "\x83\x64\x24\x0c\x00" + loadRbx + add32 + ret, 0, "overwrites register rbx"},
		"return address, or of -1":  {"\x48\x83\x0c\x24\xff" + ret, 0, "return address"},
		"stack pointer, and of 0":   {"\x48\x83\xe4\x00" + ret, 0, "cannot be followed"},
		"flags do not touch frames": {prologue + "\x48\x39\xe5" + "\x5d" + ret, 8, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, refusals := follow(t, test.code)
			if !says(refusals, test.want) {
				t.Fatalf("refusals %v; want %q", refusals, test.want)
			}
			if test.want == "" && f.Frame != test.frame {
				t.Errorf("frame of %d bytes; want %d", f.Frame, test.frame)
			}
		})
	}
}

func says(refusals []*code.Refusal, want string) bool {
	if want == "" {
		return len(refusals) == 0
	}
	return len(refusals) == 1 && strings.Contains(refusals[0].Error(), want)
}

func TestControl(t *testing.T) {
	tests := map[string]struct {
		code    string
		returns bool
		want    string
	}{
		"returns":                    {ret, true, ""},
		"loops":                      {"\xeb\xfe", false, ""},
		"calls what loops":           {call(0, never), false, ""},
		"calls what returns":         {call(0, leaf) + ret, true, ""},
		"behind what loops":          {call(0, never) + ret, true, ""},
		"runs out":                   {"\x90", false, "runs out"},
		"runs out at a call":         {call(0, leaf), false, "runs out"},
		"into itself":                {"\xeb\xff" + ret, false, "no instruction"},
		"into another":               {"\xe9" + call(0, leaf+1)[1:], false, "no function starts"},
		"call of a middle":           {call(0, never+1) + ret, false, "no function starts"},
		"call of its middle":         {"\x90" + call(1, first+1) + ret, false, "no function starts"},
		"call of itself":             {call(0, first) + ret, true, ""},
		"jump through rax":           {"\x48\x8b\x07\xff\xe0", false, "cannot be bounded"},
		"jump through memory":        {"\xff\x27", false, "cannot be bounded"},
		"call through rax":           {"\x48\x8b\x07\xff\xd0" + ret, true, ""},
		"unreached code":             {ret + "\x31\xc0" + ret, true, "no path"},
		"unreached nops":             {ret + "\x66\x90", true, ""},
		"loop with a way out":        {"\x85\xff\x75\xfc" + ret, true, ""},
		"jump over":                  {"\xeb\x00" + ret, true, ""},
		"down and up":                {"\xfd\xf3\xa4\xfc" + ret, true, ""},
		"down":                       {"\xfd\xf3\xa4" + ret, false, "direction flag is set"},
		"down in a call":             {"\xfd" + call(1, leaf) + "\xfc" + ret, false, "direction flag is set"},
		"down on one way":            {"\x85\xff\x74\x01\xfd\xfc" + ret, false, "direction flag, at"},
		"up on one way":              {"\xfd\x85\xff\x74\x01\xfc" + ret, false, "direction flag, at"},
		"its address returned":       {call(0, sp) + "\xc6\x00\x00" + ret, false, "is none"}, // mov byte [rax], 0
		"nothing returned, used":     {call(0, leaf) + "\xc6\x00\x00" + ret, false, "what rax held before"},
		"nothing returned, not used": {call(0, leaf) + ret, true, ""},
		"byte returned, as address":  {call(0, flag) + "\xc6\x00\x00" + ret, false, "is none"},
		"byte returned, tested":      {call(0, flag) + "\x84\xc0\x0f\xb6\xc0\x0f\x95\xc0" + ret, true, ""}, // test al, al; movzx eax, al; setne al
		"by way of a tail call":      {call(0, passes) + "\xc6\x00\x00" + ret, false, "is none"},
		"jump to its end":            {"\x74\x00", false, "no function starts"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, refusals := follow(t, test.code)
			if !says(refusals, test.want) {
				t.Fatalf("refusals %v; want %q", refusals, test.want)
			}
			if test.want == "" && f.Returns != test.returns {
				t.Errorf("returns: %v; want %v", f.Returns, test.returns)
			}
		})
	}
}

// Constants that are not the ABI's are refused, whether a check is needed or not.
func TestConstants(t *testing.T) {
	const ret = "\x75\x00\xc3" // jne to the next instruction; ret
	for name, look := range map[string]string{
		"a lower limit": "\x0f\xb7\xc4\x3d\xfe\x3f\x00\x00", "a higher limit": "\x0f\xb7\xc4\x3d\x00\x50\x00\x00", "no limit": "\x66\x83\xfc\x00",
		"another bit": "\xf7\xc4\x00\x80\x00\x00", "too many bits": "\xf7\xc4\x00\xe0\x00\x00", "the last page": "\xf7\xc4\x00\xf0\x00\x00",
		"all of esp": "\x89\xe0\x3d\xff\x3f\x00\x00", "another bit, compared with 0": "\x48\x89\xe0\x48\x25\x00\x80\x00\x00\x48\x83\xf8\x00",
	} {
		t.Run(name, func(t *testing.T) {
			if _, refusals := follow(t, look+ret); !says(refusals, "stack pointer") {
				t.Errorf("refusals %v", refusals)
			}
		})
	}
}

// A function has looked at the stack pointer before it calls leaf, or it has not.
func TestGuards(t *testing.T) {
	const (
		low   = "\x0f\xb7\xc4" // movzx eax, sp
		cmp   = "\x3d\xff\x3f\x00\x00"
		other = "\x0f\xb7\xc1" // movzx eax, cx
	)
	// If the stack pointer is low, the check is called before leaf.
	body := func(look, jump string) string {
		n := len(look) + len(jump) + 1
		return look + jump + "\x06" + call(n, leaf) + ret + call(n+6, check) + "\xeb\xf3"
	}
	// The same with the jump over the check.
	over := func(look, jump string) string {
		n := len(look) + len(jump) + 1
		return look + jump + "\x05" + call(n, check) + call(n+5, leaf) + ret
	}
	tests := map[string]struct {
		code    string
		guarded bool
	}{
		"as LLVM does":                {body(low+cmp, "\x76"), true},
		"below":                       {body(low+"\x3d\x00\x40\x00\x00", "\x72"), true},
		"over, above":                 {over(low+cmp, "\x77"), true},
		"over, not below":             {over(low+"\x3d\x00\x40\x00\x00", "\x73"), true},
		"bits of sp":                  {body("\x66\xf7\xc4\x00\xc0", "\x74"), true},
		"bits of esp":                 {over("\xf7\xc4\x00\xc0\x00\x00", "\x75"), true},
		"mov and and":                 {body("\x89\xe0\x25\xff\xff\x00\x00"+cmp, "\x76"), true},
		"mov of 64 bits and and":      {body("\x48\x89\xe0\x25\xff\xff\x00\x00"+cmp, "\x76"), true},
		"bits, compared with 0":       {over("\x48\x89\xe0\x48\x25\x00\xc0\x00\x00\x48\x83\xf8\x00", "\x75"), true},
		"sp itself":                   {body("\x66\x81\xfc\xff\x3f", "\x76"), true},
		"the other way":               {body(low+cmp, "\x77"), false},
		"one less":                    {body(low+"\x3d\xff\x3f\x00\x00", "\x72"), false},
		"another register":            {body(other+cmp, "\x76"), false},
		"another condition":           {body(low+cmp, "\x74"), false},
		"signed":                      {body(low+cmp, "\x7e"), false},
		"other flags":                 {body(low+cmp+"\x85\xff", "\x76"), false},
		"no look":                     {call(0, leaf) + ret, false},
		"the check alone":             {call(0, check) + call(5, leaf) + ret, true},
		"one way without":             {"\x85\xff\x74\x05" + call(4, check) + call(9, leaf) + ret, false},
		"flags that survive a mov":    {body(low+cmp+"\x89\xf8", "\x76"), true},
		"register changed in between": {body(low+"\x31\xc0"+cmp, "\x76"), false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f, refusals := follow(t, test.code)
			if len(refusals) > 0 {
				t.Fatal(refusals)
			}
			for _, c := range f.Calls {
				if c.To.Name == "leaf" && c.Guarded != test.guarded {
					t.Errorf("guarded: %v; want %v", c.Guarded, test.guarded)
				}
			}
			if len(f.Calls) == 0 {
				t.Error("no calls")
			}
		})
	}
}
