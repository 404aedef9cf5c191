package acceptance

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/plumbing/object"

	"rex/toolchain/project"
)

// TestBisect: of three commits after a good one, the one in the middle makes hello say something else.
func TestBisect(t *testing.T) {
	result(t, "kernel")
	dir := filepath.Join(t.TempDir(), "rex")
	repo, err := git.PlainClone(dir, false, &git.CloneOptions{URL: rex.Root})
	if err != nil {
		t.Skipf("SKIPPED: the checkout is no clone, whose commits could be walked: %v", err)
	}
	tree, err := repo.Worktree()
	if err != nil {
		t.Fatal(err)
	}
	edit := func(file string, change func([]byte) []byte) string {
		t.Helper()
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		changed := change(text)
		if bytes.Equal(text, changed) {
			t.Fatalf("%s stays as it is", file)
		}
		if err := os.WriteFile(filepath.Join(dir, file), changed, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := tree.Add(file); err != nil {
			t.Fatal(err)
		}
		hash, err := tree.Commit("change "+file, &git.CommitOptions{Author: &object.Signature{Name: "A", Email: "a@example.org", When: time.Now()}})
		if err != nil {
			t.Fatal(err)
		}
		return hash.String()
	}
	more := func(text []byte) []byte { return append(text, "\n// more\n"...) }
	edit("samples/hello/src/main.rs", more)
	first := edit("samples/hello/src/main.rs", func(text []byte) []byte {
		return bytes.ReplaceAll(text, []byte("Rust triggered"), []byte("Rust was triggered"))
	})
	edit("samples/hello/src/main.rs", more)
	p, err := project.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var out strings.Builder
	if err := p.Bisect(t.Context(), "HEAD~3", "HEAD", []string{"hello"}, &out); err != nil {
		t.Fatal(err)
	}
	if want := fmt.Sprintf("%s change samples/hello/src/main.rs\n", first); out.String() != want {
		t.Errorf("got %q; want %q", out.String(), want)
	}
}
