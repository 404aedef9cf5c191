package targets

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func all(t *testing.T) map[string]*Target {
	t.Helper()
	all, err := Read("../../magefiles")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Every target is in one group of the list, with what it does.
func TestList(t *testing.T) {
	all := all(t)
	for _, target := range all {
		if !grouped(target.Name) {
			t.Errorf("%s is in no group of the list of targets (groups in list.go)", target.Name)
		}
	}
	seen := map[string]bool{}
	for _, g := range groups {
		for _, n := range g.names {
			if seen[n] {
				t.Errorf("%s is in two groups", n)
			}
			seen[n] = true
		}
	}
	var out strings.Builder
	if err := List(&out, all); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Extensions:\n  new ", "\n  test  ", " runs all tests", "\n  ci:cache-key  ", "  run  ", " builds sample NAME"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the list lacks %q:\n%s", want, out.String())
		}
	}
}

// bash completes targets, flags, samples and stages, with colons in them.
func TestCompletion(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	script := Completion(all(t), root, []string{"kernel", "rustc", "rustc-source"})
	for line, want := range map[string]string{
		"mage buil":                   "build:all build:check",
		"mage build:sam":              "sample",
		"go tool mage vm:r":           "run",
		"go -C x tool mage run hel":   "hello",
		"mage test hel":               "hello",
		"mage run hello -mem":         "-memory=",
		"mage why rus":                "rustc rustc-source",
		"mage build:check ker":        "kernel",
		"mage ci:":                    "cache-key",
		"mage new mine -ty":           "-type=",
		"go build ./targets_te":       "./targets_test.go",
		"mage check:object targets_t": "targets_test.go",
	} {
		words := strings.Fields(line)
		cmd := exec.CommandContext(t.Context(), "bash", "--norc", "-c", fmt.Sprintf("%s\nCOMP_LINE=%q COMP_POINT=%d COMP_CWORD=%d COMP_WORDS=(%s)\n_rex_%s\necho \"${COMPREPLY[*]}\"",
			script, line, len(line), len(words)-1, line, words[0]))
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(" "+strings.TrimSpace(string(out))+" ", " "+want) {
			t.Errorf("%s: got %q, %v; want %q", line, out, err, want)
		}
	}
}
