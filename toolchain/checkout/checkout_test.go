package checkout

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRoot(t *testing.T) {
	root := t.TempDir()
	deep := filepath.Join(root, "a/b")
	for _, dir := range []string{deep, filepath.Join(root, "magefiles")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{root, filepath.Dir(deep), deep} {
		if got, err := Root(dir); got != root || err != nil {
			t.Errorf("%s: got %q, %v; want %q", dir, got, err, root)
		}
	}
	outside := t.TempDir()
	if _, err := Root(outside); err == nil || !strings.Contains(err.Error(), outside) {
		t.Errorf("got %v; want an error that names the folder", err)
	}
}

func TestRootOfAnotherRepository(t *testing.T) {
	root, mine := t.TempDir(), t.TempDir()
	deep := filepath.Join(mine, "filter/src")
	for _, dir := range []string{deep, filepath.Join(root, "magefiles")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	relative, err := filepath.Rel(mine, root)
	if err != nil {
		t.Fatal(err)
	}
	for _, use := range []string{root, relative} {
		if err := os.WriteFile(filepath.Join(mine, "go.work"), []byte("go 1.26.0\n\nuse "+use+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if got, err := Root(deep); got != root || err != nil {
			t.Errorf("use %s: got %q, %v; want %q", use, got, err, root)
		}
	}
	if err := os.WriteFile(filepath.Join(mine, "go.work"), []byte("use (\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Root(deep); err == nil || !strings.Contains(err.Error(), filepath.Join(mine, "go.work")) {
		t.Errorf("got %v; want an error of the go.work", err)
	}
}
