package hosts

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAll(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	cold := 0
	for _, h := range all {
		if len(h.Tree.Suites) == 0 || len(h.Tree.Path) == 0 {
			t.Errorf("%s has no packages or no path", h.Name)
		}
		if h.Cold {
			cold++
		}
	}
	if cold != 1 {
		t.Errorf("%d hosts are tried from an empty cache; want 1", cold)
	}
}

func TestMerge(t *testing.T) {
	root := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("bin/cat", "cat")
	put("bin/which", "-> /usr/bin/which") // the program is in usr
	put("usr/bin/which", "which")
	put("usr/bin/touch", "-> /bin/touch") // the program is not
	put("bin/touch", "touch")
	put("lib/x86/libc.so", "libc")
	put("usr/lib/x86/libm.so", "libm")
	for range 2 { // the second finds nothing to do
		for _, top := range []string{"bin", "lib", "lib64"} {
			if err := merge(filepath.Join(root, top), filepath.Join(root, "usr", top)); err != nil {
				t.Fatal(err)
			}
		}
		put("bin", "-> usr/bin")
		if err := merge(filepath.Join(root, "bin"), filepath.Join(root, "usr/bin")); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(filepath.Join(root, "bin")); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range map[string]string{"bin/cat": "cat", "bin/which": "which", "bin/touch": "touch", "lib/x86/libc.so": "libc", "lib/x86/libm.so": "libm"} {
		if got, err := os.ReadFile(filepath.Join(root, "usr", name)); string(got) != want {
			t.Errorf("usr/%s has %q, %v", name, got, err)
		}
	}
	left, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || !slices.ContainsFunc(left, func(e os.DirEntry) bool { return e.Name() == "usr" }) {
		t.Errorf("beside usr there is %v", left)
	}
}
