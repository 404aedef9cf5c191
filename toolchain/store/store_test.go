package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rex/toolchain/digest"
)

func open(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func commit(t *testing.T, s *Store, stage, key, content string) *Result {
	t.Helper()
	d, err := s.Draft(stage)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Discard()
	if err := os.WriteFile(filepath.Join(d.Dir, "file"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := d.Commit(t.Context(), Manifest{Stage: stage, Key: key})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCommitThenGet(t *testing.T) {
	s, key := open(t), digest.String("k")
	if _, err := s.Get("kernel", key); !errors.Is(err, ErrAbsent) {
		t.Fatalf("empty store: %v; want ErrAbsent", err)
	}
	want := commit(t, s, "kernel", key, "hello")
	got, err := s.Get("kernel", key)
	if err != nil || got.Output != want.Output || got.Dir != want.Dir {
		t.Fatalf("got %+v, %v; want %+v", got, err, want)
	}
	if b, _ := os.ReadFile(filepath.Join(got.Dir, "file")); string(b) != "hello" {
		t.Errorf("content %q; want hello", b)
	}
}

func TestDraftIsNoResult(t *testing.T) {
	s := open(t)
	d, err := s.Draft("kernel")
	if err != nil {
		t.Fatal(err)
	}
	if rs, err := s.Results("kernel"); err != nil || len(rs) != 0 {
		t.Fatalf("a draft counts as a result: %v, %v", rs, err)
	}
	// The run is killed here; the next one clears up, and leaves its neighbour's drafts alone.
	other, err := s.Draft("kernel-source")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Sweep("kernel"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(d.Dir); !os.IsNotExist(err) {
		t.Errorf("the killed run's draft is still there: %v", err)
	}
	if _, err := os.Stat(other.Dir); err != nil {
		t.Errorf("another stage's draft is gone: %v", err)
	}
}

func TestLockExcludes(t *testing.T) {
	s := open(t)
	unlock, err := s.Lock(t.Context(), "kernel", nil)
	if err != nil {
		t.Fatal(err)
	}
	waited := false
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	if _, err := s.Lock(ctx, "kernel", func() { waited = true }); err == nil || !waited {
		t.Errorf("second lock: %v, waited %v; want a wait that ends with the context", err, waited)
	}
	unlock()
	again, err := s.Lock(t.Context(), "kernel", nil)
	if err != nil {
		t.Fatal(err)
	}
	again()
}

// kbuild and make take spaces, colons and more for something else than names; nothing is made in such a folder.
func TestLockAllWaitsForBuildsAndTheirWorkspaces(t *testing.T) {
	s := open(t)
	for _, lock := range []func() (func(), error){
		func() (func(), error) { return s.Lock(t.Context(), "kernel", nil) },
		func() (func(), error) { return s.LockWorkspace(t.Context(), "samples") },
	} {
		unlock, err := lock()
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if free, err := s.LockAll(ctx, cancel); err == nil {
			free()
			t.Error("a lock that somebody holds was got")
		}
		unlock()
		free, err := s.LockAll(t.Context(), func() { t.Error("it waits for nobody") })
		if err != nil {
			t.Fatal(err)
		}
		free()
	}
}

func TestRootRefuses(t *testing.T) {
	for _, dir := range []string{"/srv/my cache", "/srv/a:b", "/srv/$x", "/srv/a\tb", "/srv/it's"} {
		t.Setenv("REX_CACHE", dir)
		if got, err := Root(); err == nil || !strings.Contains(err.Error(), "REX_CACHE") {
			t.Errorf("%q: got %q, %v; want an error that says what to set", dir, got, err)
		}
	}
	for _, dir := range []string{"/srv/rex", "/srv/é-1.2_x+y@z,=~"} {
		t.Setenv("REX_CACHE", dir)
		if got, err := Root(); got != dir || err != nil {
			t.Errorf("%q: got %q, %v", dir, got, err)
		}
	}
	t.Setenv("REX_CACHE", "")
	t.Setenv("XDG_CACHE_HOME", "/home/a b/.cache")
	if _, err := Root(); err == nil {
		t.Error("a home with a space was taken")
	}
}

// A cache that somebody else has made, and may only be read.
func TestReadOnlyCache(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("skipped: root may write everywhere")
	}
	s := open(t)
	for _, dir := range []string{"results", "drafts", "work", "logs", "locks"} {
		path := filepath.Join(s.Dir(), dir)
		if err := os.Chmod(path, 0o555); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(s.Dir()); err == nil || !strings.Contains(err.Error(), path+" cannot be written") || !strings.Contains(err.Error(), "REX_CACHE") {
			t.Errorf("got %v; want that %s cannot be written, and what to do", err, path)
		}
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// clean under a run that is open: its next stage finds the folders that it needs.
func TestStoreOutlivesClean(t *testing.T) {
	s := open(t)
	kept := commit(t, s, "kernel", digest.String("k"), "in use") // has a lease
	other, err := Open(s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	busy, err := other.Clean()
	if err != nil || len(busy) != 1 || busy[0] != "kernel" {
		t.Errorf("busy is %v, %v; want kernel", busy, err)
	}
	if _, err := os.Stat(kept.Dir); err != nil {
		t.Errorf("a result in use is gone: %v", err)
	}
	for _, dir := range []string{"results", "drafts", "work", "logs", "locks"} {
		if err := os.RemoveAll(filepath.Join(s.Dir(), dir)); err != nil {
			t.Fatal(err)
		}
	}
	unlock, err := s.Lock(t.Context(), "kernel", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := s.Workspace("kernel"); err != nil {
		t.Error(err)
	}
	if _, err := s.NewLog("kernel"); err != nil {
		t.Error(err)
	}
	commit(t, s, "kernel", digest.String("k2"), "new")
}
