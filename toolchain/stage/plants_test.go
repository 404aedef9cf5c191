package stage

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"rex/toolchain/store"
)

// Whatever lies where a folder or file of the cache should be: a run goes well, or says what is in the way, at once, and leaves alone
// what is not the cache's.
func TestPlants(t *testing.T) {
	for _, plant := range []string{"results", "results/s", "drafts", "locks", "locks/s", "work", "work/s", "logs", "logs/s.log"} {
		for kind, make := range map[string]func(t *testing.T, path string) error{
			"a file": func(_ *testing.T, path string) error { return os.WriteFile(path, []byte("x"), 0o644) },
			"a folder": func(_ *testing.T, path string) error {
				return errors.Join(os.Mkdir(path, 0o755), os.WriteFile(filepath.Join(path, "junk"), nil, 0o644))
			},
			"a link to nowhere":  func(_ *testing.T, path string) error { return os.Symlink("/nonexistent/x", path) },
			"a link to a folder": func(t *testing.T, path string) error { return os.Symlink(elsewhere(t), path) },
			"a pipe":             func(_ *testing.T, path string) error { return unix.Mkfifo(path, 0o644) },
		} {
			t.Run(strings.ReplaceAll(plant, "/", " ")+" is "+kind, func(t *testing.T) {
				root := t.TempDir()
				path := filepath.Join(root, plant)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := make(t, path); err != nil {
					t.Fatal(err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
				defer cancel()
				s, err := store.Open(root)
				if err == nil {
					r, _ := runner(t)
					r.Store = s
					_, err = r.Run(ctx, &Stage{Name: "s", Build: func(_ context.Context, b *Build) error {
						return errors.Join(os.WriteFile(filepath.Join(b.Out, "value"), nil, 0o644), os.WriteFile(b.Log, nil, 0o644))
					}})
				}
				if ctx.Err() != nil {
					t.Fatal("it never ended")
				}
				if err != nil && (!strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "in the way")) {
					t.Errorf("got %v; want that %s is in the way", err, path)
				}
			})
		}
	}
}

// elsewhere is a folder with a file, which stays.
func elsewhere(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "precious")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := os.Stat(file); err != nil {
			t.Errorf("what a link led to was removed: %v", err)
		}
	})
	return dir
}
