package acceptance

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestReproducible builds, for two people with caches, checkouts and environments of their own, the plugin, the loader library
// and a sample: every file is the same, byte for byte, the signed object too, and names no folder of theirs. (`mage test:hosts`
// does so with everything, kernel and compiler too.)
func TestReproducible(t *testing.T) {
	result(t, "sample-hello")
	stages := []string{"passes", "librex", "sample-surroundings"}
	type person struct {
		cache, root string
		results     map[string]string
	}
	build := func(folder string) person {
		me := person{filepath.Join(t.TempDir(), folder), filepath.Join(t.TempDir(), folder), map[string]string{}}
		// What takes an hour is the same for both.
		for _, shared := range []string{
			"keys", "results/tools", "results/linux-source", "results/kernel", "results/bindings", "results/rustc-source", "results/stage0", "results/rustc", "results/libbpf",
		} {
			link := filepath.Join(me.cache, shared)
			if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(filepath.Join(rex.Store.Dir(), shared), link); err != nil {
				t.Fatal(err)
			}
		}
		t.Setenv("REX_CACHE", me.cache)
		t.Setenv("HOME", me.root)
		t.Setenv("USER", folder[:3])
		t.Setenv("LANG", "tr_TR.UTF-8")
		t.Setenv("TZ", "Pacific/Chatham")
		p := checkoutWith(t, me.root, "the same")
		for _, name := range stages {
			s, err := p.Stage(name)
			if err != nil {
				t.Fatal(err)
			}
			results, err := p.Runner.Run(t.Context(), s)
			if err != nil {
				t.Fatal(err)
			}
			me.results[name] = results[name].Dir
		}
		return me
	}
	one, other := build("one"), build("another/longer-folder")
	for _, name := range stages {
		compare(t, one.results[name], other.results[name], one.root, one.cache)
	}
}

// compare holds the files of two results against each other, and looks in them for paths.
func compare(t *testing.T, one, other string, paths ...string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(one, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		name, err := filepath.Rel(one, path)
		if err != nil {
			return err
		}
		a, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		b, err := os.ReadFile(filepath.Join(other, name))
		if err != nil {
			return err
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s of %s differs: %d and %d bytes, first at %d", name, filepath.Base(one), len(a), len(b), firstDifference(a, b))
		}
		for _, p := range paths {
			if bytes.Contains(a, []byte(p)) {
				t.Errorf("%s names %s", path, p)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Errorf("%s has no files", one)
	}
}

func firstDifference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}
