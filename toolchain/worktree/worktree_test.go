package worktree

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"rex/toolchain/digest"
)

func write(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(path); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func mustSync(t *testing.T, src, dst string) {
	t.Helper()
	if err := Sync(t.Context(), src, dst); err != nil {
		t.Fatal(err)
	}
	a, errA := digest.Tree(t.Context(), src, nil)
	b, errB := digest.Tree(t.Context(), dst, nil)
	if errA != nil || errB != nil || a != b {
		t.Fatalf("the trees differ: %s %v, %s %v", a, errA, b, errB)
	}
}

func modified(t *testing.T, path string) time.Time {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.ModTime()
}

func TestSync(t *testing.T) {
	first, dst := t.TempDir(), filepath.Join(t.TempDir(), "src")
	files := map[string]string{"Makefile": "all:", "kernel/fork.c": "1", "kernel/exit.c": "2", "old/gone.c": "3"}
	write(t, first, files)
	if err := os.Symlink("Makefile", filepath.Join(first, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(first, "kernel/exit.c"), 0o444); err != nil { // as a result's files are
		t.Fatal(err)
	}
	mustSync(t, first, dst)
	past := time.Now().Add(-time.Hour).Truncate(time.Second)
	for name := range files {
		if err := os.Chtimes(filepath.Join(dst, name), past, past); err != nil {
			t.Fatal(err)
		}
	}
	mustSync(t, first, dst)
	if info, err := os.Stat(filepath.Join(dst, "kernel/exit.c")); err != nil || info.Mode() != 0o644 || !info.ModTime().Equal(past) {
		t.Errorf("a copy of a read-only file is %v, %v; want one that can be written, left alone", info, err)
	}

	// The next tree is written anew, so all of its times are new; one file differs, one is
	// gone, one has turned into a folder, the link points elsewhere.
	second := t.TempDir()
	write(t, second, map[string]string{"Makefile": "all:", "kernel/fork.c": "changed", "kernel/exit.c/part.c": "2"})
	if err := os.Symlink("kernel", filepath.Join(second, "link")); err != nil {
		t.Fatal(err)
	}
	mustSync(t, second, dst)
	if got := modified(t, filepath.Join(dst, "Makefile")); !got.Equal(past) {
		t.Errorf("an unchanged file has the time %v; want its old one, %v", got, past)
	}
	if got := modified(t, filepath.Join(dst, "kernel/fork.c")); !got.After(past) {
		t.Errorf("a changed file has the time %v; want a new one", got)
	}

	// And back: old content must look new to make.
	mustSync(t, first, dst)
	if got := modified(t, filepath.Join(dst, "kernel/fork.c")); !got.After(past) {
		t.Errorf("a file changed back has the time %v; want a new one", got)
	}
	if b, _ := os.ReadFile(filepath.Join(first, "kernel/fork.c")); string(b) != "1" {
		t.Errorf("the source was written to: %q", b)
	}
}

func TestSyncMissingSource(t *testing.T) {
	dst := filepath.Join(t.TempDir(), "dst")
	if err := Sync(t.Context(), filepath.Join(t.TempDir(), "none"), dst); !os.IsNotExist(err) {
		t.Errorf("got %v; want an error of a missing folder", err)
	}
	if _, err := os.Stat(dst); !os.IsNotExist(err) {
		t.Error("a failed first copy left a tree")
	}
}

func TestUpdate(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, map[string]string{"one": "1", "two": "2"})
	from, to := filepath.Join(dir, "one"), filepath.Join(dir, "copy/of one")
	for _, step := range []struct {
		from, want string
		kept       bool
	}{{from, "1", false}, {from, "1", true}, {filepath.Join(dir, "two"), "2", false}} {
		old := time.Unix(1e9, 0)
		_ = os.Chtimes(to, old, old) // not there at first
		if err := Update(step.from, to); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(to)
		if err != nil || string(text) != step.want {
			t.Errorf("%q, %v; want %q", text, err, step.want)
		}
		if kept := modified(t, to).Equal(old); kept != step.kept {
			t.Errorf("copy of %s: kept %v, want %v", step.want, kept, step.kept)
		}
	}
}

func TestCollect(t *testing.T) {
	src, dst := t.TempDir(), filepath.Join(t.TempDir(), "copy")
	write(t, src, map[string]string{
		"tree/a": "1", "tree/target/x": "built", "tree/src/target/mod.rs": "module", "tree/Cargo.lock": "old", "deep/er/file": "2", "deep/er/other": "3", "beside": "4",
	})
	sources := []string{"deep/er/file", "tree"}
	skip := func(source, path string) bool { return source == "tree" && (path == "target" || path == "Cargo.lock") }
	for range 2 {
		if err := Collect(t.Context(), src, dst, sources, skip); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]bool{
			"tree/a": true, "tree/src/target/mod.rs": true, "tree/target": false, "tree/Cargo.lock": false, "tree/b": false,
			"deep/er/file": true, "deep/er/other": false, "beside": false, "was": false, "deep/was": false,
		} {
			if _, err := os.Stat(filepath.Join(dst, name)); (err == nil) != want {
				t.Errorf("%s: %v; want it there: %t", name, err, want)
			}
		}
		// What a build leaves beside, what is skipped, and sources of another time do not stay.
		write(t, dst, map[string]string{"tree/b": "left", "tree/Cargo.lock": "made", "was/here": "5", "deep/was": "6"})
	}
	if err := os.WriteFile(filepath.Join(src, "tree/a"), []byte("2"), 0o644); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dst, "tree/a")); err != nil || string(text) != "1" {
		t.Errorf("a change of the source reached the copy: %q, %v", text, err)
	}
	if err := Collect(t.Context(), src, dst, []string{"."}, skip); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(dst, "beside")); err != nil || string(text) != "4" {
		t.Errorf("the whole tree lacks a file: %q, %v", text, err)
	}
}
