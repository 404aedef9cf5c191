package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"rex/toolchain/project"
	"rex/toolchain/vm"
)

// request is an operation on a register, as electrode's clients print it.
type request struct {
	kind            string // get, put, cas
	key             uint64
	value, expected uint64
}

// registers is what electrode's replicas are together: registers that hold 0 at first. A get returns the value, a put 1, and a cas whether
// the value was what it expected.
var registers = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		keys := map[uint64][]porcupine.Operation{}
		for _, o := range history {
			key := o.Input.(request).key
			keys[key] = append(keys[key], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range keys {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return uint64(0) },
	Step: func(state, input, output any) (bool, any) {
		r, result := input.(request), output.(uint64)
		switch {
		case r.kind == "get":
			return result == state.(uint64), state
		case r.kind == "put":
			return result == 1, r.value
		case r.expected == state.(uint64):
			return result == 1, r.value
		}
		return result == 0, state
	},
}

// linearizable tells whether one machine without faults could have given the answers of a history.
func linearizable(t *testing.T, history []porcupine.Operation) bool {
	t.Helper()
	verdict := porcupine.CheckOperationsTimeout(registers, history, time.Minute)
	if verdict == porcupine.Unknown {
		t.Fatalf("a history of %d operations took more than a minute to judge", len(history))
	}
	return verdict == porcupine.Ok
}

var eventForm = regexp.MustCompile(`(?m)^(\d+) (\d+) (?:(get)|(put) (\d+)|(cas) (\d+) (\d+)) (\d+) (\d+) (\d+)$`)

// readHistory reads what electrode's trigger prints of its clients.
func readHistory(t *testing.T, text string) (history []porcupine.Operation) {
	t.Helper()
	for _, m := range eventForm.FindAllStringSubmatch(text, -1) {
		number := func(i int) uint64 {
			n, err := strconv.ParseUint("0"+m[i], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		history = append(history, porcupine.Operation{
			ClientId: int(number(1)) - 1,
			Input:    request{kind: m[3] + m[4] + m[6], key: number(2), value: number(5) + number(8), expected: number(7)},
			Output:   number(9), Call: int64(number(10)), Return: int64(number(11)),
		})
	}
	return history
}

// The judge itself.
func TestLinearizable(t *testing.T) {
	for name, tt := range map[string]struct {
		history string
		want    bool
	}{
		"one after the other":    {"1 0 get 0 1 2\n1 0 put 7 1 3 4\n1 0 get 7 5 6\n1 0 cas 7 8 1 7 8\n1 0 cas 7 9 0 9 10\n1 0 get 8 11 12", true},
		"at the same time":       {"1 0 put 7 1 1 9\n2 0 get 7 2 3", true},
		"an old value":           {"1 0 put 7 1 1 2\n2 0 get 0 3 4", false},
		"there and gone":         {"1 0 put 7 1 1 9\n2 0 get 7 2 3\n2 0 get 0 4 5", false},
		"of nobody":              {"1 0 get 7 1 2", false},
		"two that took the same": {"1 0 cas 0 7 1 1 9\n2 0 cas 0 8 1 2 8", false},
		"another register":       {"1 0 put 7 1 1 2\n2 1 get 0 3 4", true},
	} {
		history := readHistory(t, tt.history)
		if len(history) != strings.Count(tt.history, "\n")+1 {
			t.Errorf("%s: %d operations were read", name, len(history))
		}
		if got := linearizable(t, history); got != tt.want {
			t.Errorf("%s: linearizable: %t; want %t", name, got, tt.want)
		}
	}
}

// Of each trial.
const (
	electrodeOperations = 1500
	electrodeSeed       = "1"
)

// tryElectrode runs electrode on a bad network, with leaders that are cut off and killed.
func tryElectrode(t *testing.T, seed string, change func(dir string)) (result *vm.Result, history []porcupine.Operation, said string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "electrode")
	if err := os.CopyFS(dir, os.DirFS("../../samples/electrode")); err != nil {
		t.Fatal(err)
	}
	replaceIn(t, filepath.Join(dir, "sample.toml"), `(?m)^trigger = .*`, fmt.Sprintf(`trigger = ["./trigger", "%d", "%s"]`, electrodeOperations, seed))
	replaceIn(t, filepath.Join(dir, "sample.toml"), `(?s)\[\[expect\]\].*`, `[[expect]]
in = "trigger"
match = '^3 logs of \d+ entries are the same$'
`)
	change(dir)
	var out strings.Builder
	result, err := rex.RunSample(t.Context(), dir, project.Wish{}, &out)
	if err != nil {
		t.Fatal(err)
	}
	history = readHistory(t, out.String())
	said = eventForm.ReplaceAllString(out.String(), "")
	if len(history) != electrodeOperations {
		t.Fatalf("%s: %s\n%d operations; want %d\n%s", result.Verdict, result.Reason, len(history), electrodeOperations, said)
	}
	return result, history, said
}

// replaceIn replaces what a regular expression finds in a file once.
func replaceIn(t *testing.T, file, what, with string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(what)
	if n := len(form.FindAllIndex(text, -1)); n != 1 {
		t.Fatalf("%s has %q %d times; want it once", file, what, n)
	}
	put(t, file, string(form.ReplaceAllLiteral(text, []byte(with))))
}

// Electrode's replicas are as good as one machine that never fails, whatever happens to their network, to their leaders, and to packets.
func TestElectrodeIsLinearizable(t *testing.T) {
	result(t, "sample-hello")
	seeds := []string{electrodeSeed}
	if os.Getenv("REX_TEST_LONG") == "1" {
		seeds = append(seeds, "2", "3", "4", "5", "6", "7", "8", "9", "10")
	}
	for _, seed := range seeds {
		t.Run(seed, func(t *testing.T) {
			run, history, said := tryElectrode(t, seed, func(string) {})
			t.Log(said)
			if run.Verdict != vm.Passed {
				t.Errorf("%s: %s\n%s", run.Verdict, run.Reason, strings.Join(run.Evidence, "\n"))
			}
			var views, lost, doubled int
			for form, into := range map[string][]any{`; (\d+) views`: {&views}, `(\d+) packets lost, (\d+) came twice`: {&lost, &doubled}} {
				m := regexp.MustCompile(form).FindStringSubmatch(said)
				for i, n := range into {
					if _, err := fmt.Sscan(m[i+1], n); err != nil {
						t.Fatal(err)
					}
				}
			}
			if views < 3 || lost == 0 || doubled == 0 {
				t.Errorf("%d views, %d packets lost, %d doubled; want leaders to change twice, and a bad network", views, lost, doubled)
			}
			if !linearizable(t, history) {
				t.Errorf("no one machine could have given these answers, with seed %s", seed)
			}
			makeStale(t, history)
			if linearizable(t, history) {
				t.Error("a value that had been replaced before somebody asked was not noticed")
			}
		})
	}
}

// makeStale has a get return what was replaced before it began.
func makeStale(t *testing.T, history []porcupine.Operation) {
	t.Helper()
	writes := func(o porcupine.Operation, key uint64) bool {
		r := o.Input.(request)
		return r.key == key && r.kind != "get" && o.Output.(uint64) == 1
	}
	for i := len(history) - 1; i >= 0; i-- {
		get := &history[i]
		key := get.Input.(request).key
		if get.Input.(request).kind != "get" {
			continue
		}
		for _, old := range history {
			if writes(old, key) && slices.ContainsFunc(history, func(o porcupine.Operation) bool {
				return writes(o, key) && o.Call > old.Return && o.Return < get.Call
			}) {
				get.Output = old.Input.(request).value
				return
			}
		}
	}
	t.Fatal("nothing was ever replaced")
}

// A leader that answers before others have accepted what is asked is found out: not in every run, since it has to be cut off just then.
func TestElectrodeThatIsHasty(t *testing.T) {
	result(t, "sample-hello")
	for _, seed := range []string{electrodeSeed, "2", "3", "4", "5"} {
		run, history, said := tryElectrode(t, seed, func(dir string) {
			replaceIn(t, filepath.Join(dir, "trigger/replica.c"), `return __builtin_popcount\(who\) > REPLICAS / 2;`, "return 1;")
		})
		t.Logf("%s: %s\n%s", run.Verdict, run.Reason, said)
		if !linearizable(t, history) {
			return
		}
	}
	t.Error("nobody could tell")
}
