package project

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFreshFor(t *testing.T) {
	workspace := filepath.Join(t.TempDir(), "work")
	object := filepath.Join(workspace, "a.o")
	left := func() bool { _, err := os.Stat(object); return err == nil }
	for _, c := range []struct {
		name, tools string
		want        bool // what was there is still there
	}{
		{"the first time", "one", false},
		{"the same tools", "one", true},
		{"other tools, whose times say nothing", "two", false},
		{"the first ones again", "one", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := freshFor(c.tools, workspace); err != nil {
				t.Fatal(err)
			}
			if left() != c.want {
				t.Errorf("an object of before is there: %v", left())
			}
			if err := os.WriteFile(object, nil, 0o644); err != nil {
				t.Fatal(err)
			}
		})
	}
	// A workspace that was emptied half does not count as fresh.
	if err := os.Remove(workspace + ".tools"); err != nil {
		t.Fatal(err)
	}
	if err := freshFor("one", workspace); err != nil || left() {
		t.Errorf("without a stamp the workspace is kept: %v", err)
	}
}
