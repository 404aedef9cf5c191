package project

import (
	"fmt"
	"slices"
	"testing"

	"rex/toolchain/sample"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// However long the verifier's log is, its last lines are kept, and nothing that comes behind it.
func TestRefusal(t *testing.T) {
	var r refusal
	say := func(stream, line string) { r.see(guest.Event{Kind: guest.Output, Stream: stream, Line: line}) }
	for i := range 20000 {
		say(guest.Loader, fmt.Sprint("instruction ", i))
		say(guest.KernelLog, "of the kernel")
	}
	say(guest.Loader, "the call stack of 9 frames is too deep")
	say(guest.Loader, "-- END PROG LOAD LOG --")
	say(guest.Loader, "librex: load x: Invalid argument")
	for refused, want := range map[string]int{"too deep": 8, "": 0} {
		var result vm.Result
		r.keep(&sample.Sample{EBPF: true, Refused: refused}, &result)
		if len(result.Evidence) != want || want > 0 && !slices.Equal(result.Evidence[6:], []string{"instruction 19999", "the call stack of 9 frames is too deep"}) {
			t.Errorf("refused %q: kept %q", refused, result.Evidence)
		}
	}
}
