package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestSources: every edit that could change the targets gives them another name, and one of tests does not.
func TestSources(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"magefiles/magefile.go", "toolchain/a/a.go", "toolchain/a/embedded.sh", "toolchain/a/a_test.go", "toolchain/a/testdata/x", "go.mod", "go.sum", "go.work"} {
		put(name, "one")
	}
	last := ""
	for _, c := range []struct {
		edit string
		same bool
	}{
		{"", false}, {"", true}, {"magefiles/magefile.go", false}, {"toolchain/a/a.go", false}, {"toolchain/a/embedded.sh", false}, {"toolchain/b/new.go", false},
		{"toolchain/a/a_test.go", true}, {"toolchain/a/testdata/x", true}, {"go.sum", false}, {"README.md", true},
	} {
		if c.edit != "" {
			put(c.edit, "two")
		}
		name, err := sources(t.Context(), root)
		if err != nil {
			t.Fatal(err)
		}
		if (name == last) != c.same {
			t.Errorf("after an edit of %q it has the same name: %v", c.edit, name == last)
		}
		last = name
	}
	t.Setenv("GOFLAGS", "-race")
	if name, err := sources(t.Context(), root); err != nil || name == last {
		t.Errorf("other flags do not count: %v", err)
	}
}

func TestPruneKeepsTheNewestAndOurs(t *testing.T) {
	base := t.TempDir()
	for i := range 8 {
		dir := filepath.Join(base, fmt.Sprintf("rex-%d", i))
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		when := time.Unix(int64(1000+i), 0)
		if err := os.Chtimes(dir, when, when); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(base, "others"), 0o755); err != nil {
		t.Fatal(err)
	}
	// Somebody uses an old one.
	if err := use(filepath.Join(base, "rex-2")); err != nil {
		t.Fatal(err)
	}
	old := time.Unix(1002, 0)
	if err := os.Chtimes(filepath.Join(base, "rex-2"), old, old); err != nil {
		t.Fatal(err)
	}
	if err := prune(base, filepath.Join(base, "rex-0")); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"rex-0": true, "rex-1": false, "rex-2": true, "rex-3": false, "rex-4": true, "rex-7": true, "others": true} {
		if _, err := os.Stat(filepath.Join(base, name)); (err == nil) != want {
			t.Errorf("%s is there: %v", name, err == nil)
		}
	}
}
