package vm

import (
	"slices"
	"strings"
	"testing"
)

const twoPanics = `[    1.0] e820: update [mem 0x00000000-0x00000fff]
[    3.1] rex: Panic from Rex prog: panicked at src/main.rs:18:17:\x0aindex out of bounds: the len is 4 but the index is 4
[    3.1] rex: program bad_index, id 5, returns 0 to its hook
[    3.1] Call Trace:
[    3.1]  <REX>
[    3.1]  rex_panic+0x129/0x130
[    3.1]  rex_landingpad+0x11/0x30
[    3.1]  rex_prog_1::rust_begin_unwind+0xd3/0x12d
[    3.1]  ? x86_vector_alloc_irqs+0x201/0x3a0
[    3.1]  rex_prog_1::descend+0x1b/0x4a
[    3.1]  rex_prog_1::descend+0x1b/0x4a
[    3.1]  rex_prog_1::descend+0x1b/0x4a
[    3.1]  rex_prog_1::bad_index+0xfa/0xfa
[    3.1]  </REX>
[    3.1]  <TASK>
[    3.1]  trace_call_bpf+0xd0/0x1d0
[    3.1] RIP: 0033:0x41f547
[    3.1] RSP: 002b:00007fff3015e288 EFLAGS: 00000246 ORIG_RAX: 0000000000000020
[    3.1]  </TASK>
[    3.2] rex: Panic from Rex prog: panicked at src/main.rs:18:17:\x0aindex out of bounds: the len is 4 but the index is 4
[    3.2] rex: program bad_index, id 5, returns 0 to its hook
[    3.2] Call Trace:
[    3.2]  <TASK>
[    3.2]  </TASK>
[    3.3] tsc: Refined TSC clocksource calibration: 2445.402 MHz`

// A panic is shown once, without registers and guesses and with recursion folded, and nothing else is.
func TestPanics(t *testing.T) {
	var p Panics
	var got []string
	for line := range strings.SplitSeq(twoPanics, "\n") {
		got = append(got, p.Line(line)...)
	}
	if p.Within() {
		t.Error("it is still within a panic")
	}
	want := []string{
		"rex: Panic from Rex prog: panicked at src/main.rs:18:17:", "index out of bounds: the len is 4 but the index is 4",
		"  rex: program bad_index, id 5, returns 0 to its hook", "  Call Trace:", "   rex_prog_1::rust_begin_unwind+0xd3/0x12d", "   rex_prog_1::descend+0x1b/0x4a", "   … 2 times more",
		"   rex_prog_1::bad_index+0xfa/0xfa", "   trace_call_bpf+0xd0/0x1d0",
		"… and 1 more panics at the same places",
	}
	if got = append(got, p.Rest()...); !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}
