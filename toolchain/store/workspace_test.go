package store

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// After a crash of the machine what was written last does not count; after anything else it does.
func TestWorkspaceAfterACrash(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(s *Store, dir string) error // how the work ended
		want []string
	}{
		"killed":                       {func(*Store, string) error { return nil }, []string{"new.o", "old.o", "src/a.c", "src/b.c"}},
		"came to an end, then a crash": {func(s *Store, _ string) error { return s.CloseWorkspace(t.Context(), "kernel") }, []string{"new.o", "old.o", "src/a.c", "src/b.c"}},
		"crashed": {func(_ *Store, dir string) error {
			return os.WriteFile(filepath.Join(dir, openFile), []byte("another boot\n"), 0o644)
		}, []string{"old.o", "src/a.c"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			dir, err := s.Workspace("kernel")
			if err != nil {
				t.Fatal(err)
			}
			crash := time.Now().Add(-time.Hour)
			for file, before := range map[string]time.Duration{"new.o": 0, "old.o": 10 * time.Minute, "src/a.c": 20 * time.Minute, "src/b.c": time.Minute} {
				path := filepath.Join(dir, file)
				if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, nil, 0o444), os.Chtimes(path, crash, crash.Add(-before))); err != nil {
					t.Fatal(err)
				}
			}
			if err := test.end(s, dir); err != nil {
				t.Fatal(err)
			}
			// The notes themselves are of that time, too.
			for _, note := range []string{openFile, usedFile} {
				_ = os.Chtimes(filepath.Join(dir, note), crash, crash)
			}
			if _, err := s.Workspace("kernel"); err != nil {
				t.Fatal(err)
			}
			var left []string
			for _, pattern := range []string{"*.o", "src/*"} {
				paths, err := filepath.Glob(filepath.Join(dir, pattern))
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range paths {
					rel, _ := filepath.Rel(dir, p)
					left = append(left, rel)
				}
			}
			if !slices.Equal(left, test.want) {
				t.Errorf("left are %v; want %v", left, test.want)
			}
		})
	}
}
