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
