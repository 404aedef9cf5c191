package acceptance

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"rex/toolchain/jobserver"
	"rex/toolchain/kernel"
	"rex/toolchain/sample"
	"rex/toolchain/signing"
	"rex/toolchain/worktree"
)

// TestReproducible builds a sample in two checkouts, with as many caches and another number of jobs: every file is the
// same, byte for byte, the signed object too.
func TestReproducible(t *testing.T) {
	toolchain, objects := result(t, "toolchain"), result(t, "kernel")
	key, err := signing.Open(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	build := func(folder string, jobs int) string {
		root := filepath.Join(t.TempDir(), folder)
		for _, dir := range []string{"librex/rex", "librex/rex-macros", "samples/map_test_2"} {
			if err := worktree.Sync(t.Context(), filepath.Join("../..", dir), filepath.Join(root, dir)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink("librex/rex", filepath.Join(root, "rex")); err != nil {
			t.Fatal(err)
		}
		s, err := sample.Open(filepath.Join(root, "samples"), "map_test_2")
		if err != nil {
			t.Fatal(err)
		}
		pool, err := jobserver.New(jobs)
		if err != nil {
			t.Fatal(err)
		}
		out := filepath.Join(root, "out")
		err = (&sample.Build{
			Sample: s, Toolchain: toolchain, Compiler: result(t, "rustc"), Source: result(t, "linux-source"), Kernel: objects, Bindings: result(t, "bindings"),
			Librex: result(t, "librex"), Libbpf: result(t, "libbpf"), CC: rex.Tool("gcc"), Clang: rex.Tool("clang"),
			Workspace: filepath.Join(root, "cache"), Pool: pool, Log: filepath.Join(root, "log"), Output: t.Output(),
		}).Run(t.Context(), out)
		if err != nil {
			t.Fatal(err)
		}
		object, err := s.Object()
		if err != nil {
			t.Fatal(err)
		}
		if err := key.Sign(t.Context(), filepath.Join(objects, kernel.SignFile), filepath.Join(out, object), filepath.Join(root, "log"), t.Output()); err != nil {
			t.Fatal(err)
		}
		return out
	}
	one, other := build("one", 1), build("another/folder", 4)
	files := 0
	err = filepath.WalkDir(one, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
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
			t.Errorf("%s differs: %d and %d bytes, first at %d", name, len(a), len(b), firstDifference(a, b))
		}
		if bytes.Contains(a, []byte(filepath.Dir(one))) {
			t.Errorf("%s names the folder it was built in", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 3 {
		t.Errorf("only %d files; there must be the object, the loader and the trigger", files)
	}
}

func firstDifference(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
