package acceptance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"rex/toolchain/project"
	"rex/toolchain/vm"
)

var update = flag.Bool("update", false, "write what pages have of measurements anew")

// tryBMC runs bmc, or its twin, with a number of CPUs, after a change of its folder.
func tryBMC(t *testing.T, cpus int, ebpf bool, gets int, change func(dir string)) (r *vm.Result, said string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "bmc")
	if err := os.CopyFS(dir, os.DirFS("../../samples/bmc")); err != nil {
		t.Fatal(err)
	}
	replaceIn(t, filepath.Join(dir, "sample.toml"), `(?m)^args = .*`, fmt.Sprintf(`args = ["10.0.0.1", "%d"]`, gets))
	replaceIn(t, filepath.Join(dir, "sample.toml"), `\^2000 GETs`, fmt.Sprintf("^%d GETs", 4*gets))
	change(dir)
	var out strings.Builder
	r, err := rex.RunSample(t.Context(), dir, project.Wish{CPUs: strconv.Itoa(cpus), EBPF: ebpf}, &out)
	if err != nil {
		t.Fatal(err)
	}
	return r, out.String()
}

// numbersIn are those of the last line that has a form.
func numbersIn(t *testing.T, text, form string) (numbers []int) {
	t.Helper()
	all := regexp.MustCompile(form).FindAllStringSubmatch(text, -1)
	if len(all) == 0 {
		t.Fatalf("nothing is %s in\n%s", form, text)
	}
	for _, m := range all[len(all)-1][1:] {
		n, err := strconv.Atoi(m)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

// In front of a real memcached the cache never answers with an old value, whatever the number of CPUs; nor does its twin. What that brings is on
// the page; go test -update writes it.
func TestBMC(t *testing.T) {
	result(t, "sample-hello")
	table := "| | CPUs | hits of 100 GETs | GETs a second | without the cache |\n| --- | --- | --- | --- | --- |\n"
	for _, name := range []string{"Rex", "eBPF"} {
		for _, cpus := range []int{1, 2, 4} {
			t.Run(fmt.Sprintf("%s, %d CPUs", name, cpus), func(t *testing.T) {
				r, said := tryBMC(t, cpus, name == "eBPF", 2000, func(string) {})
				if r.Verdict != vm.Passed {
					t.Fatalf("%s: %s\n%s\n%s", r.Verdict, r.Reason, strings.Join(r.Evidence, "\n"), said)
				}
				rate := numbersIn(t, said, `(?m)^\d+ GETs, \d+ SETs, \d+ without an answer; (\d+) GETs a second$`)[0]
				plain := numbersIn(t, said, `(?m)^without the cache (\d+) GETs a second$`)[0]
				counted := numbersIn(t, said, `(?m)^(\d+) hits, (\d+) misses, (\d+) without room, \d+ filled, (\d+) dropped`)
				hits, dropped := counted[0], counted[3]
				if dropped == 0 {
					t.Error("nothing was dropped; want what no client may ask to be")
				}
				table += fmt.Sprintf("| %s | %d | %d | %d | %d |\n", name, cpus, hits*100/8000, rate, plain)
			})
		}
	}
	if t.Failed() {
		return
	}
	t.Log(table)
	const page = "../../docs/samples/bmc.md"
	if *update {
		replaceIn(t, page, `(?s)<!-- made by: TestBMC -->\n.*?<!-- end -->`, "<!-- made by: TestBMC -->\n\n"+table+"\n<!-- end -->")
	}
}

// The judge is no friend: a cache that a SET does not empty is found out, and so is one that takes an answer for its key by the slot alone.
func TestBMCThatForgetsNothing(t *testing.T) {
	result(t, "sample-hello")
	for name, change := range map[string][3]string{
		"a SET empties nothing": {"src/cache.rs", `let _guard = rex_spinlock_guard::new\(&mut slot.lock\);\n        slot.length = 0;\n        slot.ticket = NOBODY;`, "let _guard = rex_spinlock_guard::new(&mut slot.lock);"},
		"a slot is a key":       {"src/cache.rs", ` && key_of\(&slot.reply\[\.\.length\]\) == Some\(key\)`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			r, said := tryBMC(t, 2, false, 1000, func(dir string) {
				replaceIn(t, filepath.Join(dir, change[0]), change[1], change[2])
			})
			if r.Verdict != vm.TriggerFailed || !strings.Contains(said, ": not of version ") {
				t.Errorf("%s: %s; want that old or foreign values were noticed\n%s", r.Verdict, r.Reason, said)
			}
		})
	}
}
