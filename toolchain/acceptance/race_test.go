package acceptance

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/report"
	"rex/toolchain/vm"
)

// What programs cost is counted, so it stays until somebody changes the kernel, the runtime or the compiler.
func TestNothingHasBecomeSlower(t *testing.T) {
	result(t, "kernel")
	before, err := report.LoadRaces(filepath.Join(rex.Root, "kernel/bench/figures.json"))
	if err != nil {
		t.Fatal(err)
	}
	// Where an interrupt falls into few runs, a row may be off once.
	var changes []string
	for range 3 {
		var out bytes.Buffer
		ran, now, err := rex.BenchRuntime(t.Context(), false, &out)
		if err != nil || ran.Verdict != vm.Passed {
			t.Fatalf("%v, %+v\n%s", err, ran, out.String())
		}
		if changes = report.SlowerRaces(before, now); len(changes) == 0 {
			return
		}
	}
	t.Errorf("instructions have changed by more than 2 %%:\n  %s\nif that is meant: mage bench:samples -json=kernel/bench/figures.json -svg=docs/race.svg", strings.Join(changes, "\n  "))
}
