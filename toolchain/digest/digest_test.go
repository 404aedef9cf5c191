package digest

import (
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func tree(t *testing.T, dir string) string {
	t.Helper()
	sum, err := Tree(t.Context(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func TestTreeSeesContentAndNotTime(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	files := map[string]string{"x": "1", "d/y": "2", "d/z": ""}
	write(t, a, files)
	write(t, b, files)
	if tree(t, a) != tree(t, b) {
		t.Fatal("equal trees have different digests")
	}
	// What must not matter.
	if err := os.Mkdir(filepath.Join(b, "empty"), 0o755); err != nil {
		t.Fatal(err)
	}
	if tree(t, a) != tree(t, b) {
		t.Error("an empty folder changed the digest")
	}

	changes := map[string]func(dir string) error{
		"content": func(d string) error { return os.WriteFile(filepath.Join(d, "x"), []byte("9"), 0o644) },
		"mode":    func(d string) error { return os.Chmod(filepath.Join(d, "x"), 0o755) },
		"name":    func(d string) error { return os.Rename(filepath.Join(d, "x"), filepath.Join(d, "w")) },
		"link":    func(d string) error { return os.Symlink("x", filepath.Join(d, "l")) },
		"removal": func(d string) error { return os.Remove(filepath.Join(d, "d/z")) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			c := t.TempDir()
			write(t, c, files)
			if err := change(c); err != nil {
				t.Fatal(err)
			}
			if tree(t, c) == tree(t, a) {
				t.Errorf("a change of %s left the digest as it was", name)
			}
		})
	}
}

func TestTreeSkip(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	write(t, a, map[string]string{"x": "1"})
	write(t, b, map[string]string{"x": "1", "target/debug/y": "2"})
	sum, err := Tree(t.Context(), b, func(p string) bool { return p == "target" })
	if err != nil || sum != tree(t, a) {
		t.Errorf("got %s, %v; want the digest without the skipped folder", sum, err)
	}
}

func TestTreeMissing(t *testing.T) {
	if _, err := Tree(t.Context(), filepath.Join(t.TempDir(), "none"), nil); !os.IsNotExist(err) {
		t.Errorf("got %v; want an error of a missing folder", err)
	}
}
