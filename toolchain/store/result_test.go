package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"rex/toolchain/digest"
)

// keys lists what a stage has, by the contents that commit was given.
func keys(t *testing.T, s *Store, stage string) (contents []string) {
	t.Helper()
	results, err := s.Results(stage)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		b, err := os.ReadFile(filepath.Join(r.Dir, "file"))
		if err != nil {
			t.Fatal(err)
		}
		contents = append(contents, string(b))
	}
	return contents
}

// free ends all leases, as the end of a process does.
func free(t *testing.T, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// Whatever lies in a result's place and is no whole result is absent, and gives way to one.
func TestHalfResultIsBuiltAgain(t *testing.T) {
	key := digest.String("k")
	for name, damage := range map[string]func(dir string) error{
		"no manifest":         func(dir string) error { return os.Remove(filepath.Join(dir, manifestFile)) },
		"empty manifest":      func(dir string) error { return os.Truncate(filepath.Join(dir, manifestFile), 0) },
		"half a manifest":     func(dir string) error { return os.Truncate(filepath.Join(dir, manifestFile), 20) },
		"null for a manifest": write(manifestFile, "null"),
		"another stage's":     write(manifestFile, fmt.Sprintf(`{"stage":"x","key":%q,"output":"y"}`, key)),
		"another key's":       write(manifestFile, `{"stage":"kernel","key":"x","output":"y"}`),
		"no digest":           write(manifestFile, fmt.Sprintf(`{"stage":"kernel","key":%q}`, key)),
		"no tree":             func(dir string) error { return os.RemoveAll(filepath.Join(dir, "tree")) },
		"a file":              func(dir string) error { return errors.Join(os.RemoveAll(dir), os.WriteFile(dir, nil, 0o644)) },
		"a link to nowhere":   func(dir string) error { return errors.Join(os.RemoveAll(dir), os.Symlink("/nonexistent/x", dir)) },
		"a folder with a file": func(dir string) error {
			return errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o755), write("x", "")(dir))
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			commit(t, s, "kernel", key, "old")
			free(t, s)
			if err := damage(s.resultDir("kernel", key)); err != nil {
				t.Fatal(err)
			}
			if _, err := s.Get("kernel", key); !errors.Is(err, ErrAbsent) {
				t.Fatalf("got %v; want ErrAbsent", err)
			}
			commit(t, s, "kernel", key, "new")
			if got := keys(t, s, "kernel"); !slices.Equal(got, []string{"new"}) {
				t.Errorf("left are %v; want new", got)
			}
			if left, err := os.ReadDir(filepath.Join(s.Dir(), "drafts")); err != nil || len(left) != 0 {
				t.Errorf("drafts are left: %v, %v", left, err)
			}
		})
	}
}

func write(name, text string) func(dir string) error {
	return func(dir string) error { return os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644) }
}

// The rest of a run that was killed while it removed a result.
func TestSweepRemovesHalfResults(t *testing.T) {
	s := open(t)
	commit(t, s, "kernel", digest.String("good"), "good")
	bad := commit(t, s, "kernel", digest.String("bad"), "bad")
	if err := os.Remove(filepath.Join(filepath.Dir(bad.Dir), manifestFile)); err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep("kernel"); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(s.Dir(), "results", "kernel"))
	if err != nil || len(left) != 1 {
		t.Errorf("left are %v, %v; want the good one alone", left, err)
	}
}
