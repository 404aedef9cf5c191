package store

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"rex/toolchain/digest"
)

func TestResultIsReadOnly(t *testing.T) {
	s := open(t)
	d, err := s.Draft("kernel")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.MkdirAll(filepath.Join(d.Dir, "a/b"), 0o755), os.WriteFile(filepath.Join(d.Dir, "a/b/c"), []byte("x"), 0o755), os.Symlink("c", filepath.Join(d.Dir, "a/b/l"))); err != nil {
		t.Fatal(err)
	}
	r, err := d.Commit(t.Context(), Manifest{Stage: "kernel", Key: digest.String("k")})
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(r.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if info, err := d.Info(); err != nil || info.Mode().Perm() != 0o555 {
			t.Errorf("%s: %v, %v; want it read-only", path, info.Mode(), err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Size == 0 {
		t.Error("nothing says what it takes")
	}
	free(t, s)
	if removed, err := s.Remove(r); err != nil || !removed {
		t.Errorf("it can't be removed: %v", err)
	}
}

// Whatever is done to a result, it is noticed; what only looks so is not.
func TestCheck(t *testing.T) {
	file := func(r *Result) string { return filepath.Join(r.Dir, "file") }
	tests := map[string]struct {
		change func(t *testing.T, r *Result) error
		bad    bool
	}{
		"nothing": {func(*testing.T, *Result) error { return nil }, false},
		"a byte":  {func(_ *testing.T, r *Result) error { return os.WriteFile(file(r), []byte("EVIL"), 0o644) }, true},
		"shorter": {func(_ *testing.T, r *Result) error { return os.Truncate(file(r), 1) }, true},
		"gone":    {func(_ *testing.T, r *Result) error { return os.Remove(file(r)) }, true},
		"more":    {func(_ *testing.T, r *Result) error { return os.WriteFile(file(r)+"2", nil, 0o644) }, true},
		"a link in its place": {func(_ *testing.T, r *Result) error {
			return errors.Join(os.Remove(file(r)), os.Symlink("/etc/passwd", file(r)))
		}, true},
		"executable": {func(_ *testing.T, r *Result) error { return os.Chmod(file(r), 0o755) }, true},
		"times alone": {func(_ *testing.T, r *Result) error {
			return os.Chtimes(file(r), time.Now(), time.Now().Add(-time.Hour))
		}, false},
		"no stamp": {func(_ *testing.T, r *Result) error { return os.Remove(filepath.Join(filepath.Dir(r.Dir), stampFile)) }, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			r := commit(t, s, "kernel", digest.String("k"), "good")
			if err := os.Chmod(file(r), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := test.change(t, r); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				err := s.Check(t.Context(), r)
				if test.bad && !errors.Is(err, ErrDamaged) || !test.bad && err != nil {
					t.Fatalf("got %v; want ErrDamaged: %v", err, test.bad)
				}
			}
			if err := s.Verify(t.Context(), r); errors.Is(err, ErrDamaged) != test.bad {
				t.Errorf("its content: got %v; want ErrDamaged: %v", err, test.bad)
			}
			if !test.bad {
				return
			}
			aside, err := s.Quarantine(r)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(filepath.Join(aside, manifestFile)); err != nil {
				t.Errorf("it is not kept to be looked at: %v", err)
			}
			if _, err := s.Get("kernel", r.Key); !errors.Is(err, ErrAbsent) {
				t.Errorf("got %v; want ErrAbsent, so that it is built again", err)
			}
		})
	}
}

// A bit that flips on the disk changes no time; reading finds it.
func TestVerify(t *testing.T) {
	s := open(t)
	r := commit(t, s, "kernel", digest.String("k"), "good")
	name := filepath.Join(r.Dir, "file")
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Chmod(name, 0o644), os.WriteFile(name, []byte("goof"), 0o644), os.Chtimes(name, info.ModTime(), info.ModTime()), os.Chmod(name, 0o444)); err != nil {
		t.Fatal(err)
	}
	if err := s.Check(t.Context(), r); err != nil {
		t.Errorf("the quick look: %v", err)
	}
	if err := s.Verify(t.Context(), r); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v; want ErrDamaged", err)
	}
}
