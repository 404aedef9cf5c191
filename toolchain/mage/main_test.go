package main

import (
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"testing"
)

func TestArguments(t *testing.T) {
	t.Setenv("MAGEFILE_CACHE", t.TempDir())
	t.Setenv("MAGEFILE_HASHFAST", "")
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	here := filepath.Join(root, "samples/hello")
	t.Chdir(here)
	got, err := arguments([]string{"run", "hello"})
	if want := []string{"-d", root, "-w", here, "run", "hello"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v; want %q", got, err, want)
	}
	if got, err = arguments([]string{"run", "-h"}); err != nil || !slices.Equal(got[4:], []string{"-h", "run"}) {
		t.Errorf("got %q, %v; want the help of run", got, err)
	}
	t.Chdir(t.TempDir())
	if _, err := arguments(nil); err == nil {
		t.Error("a folder outside of any checkout was taken")
	}
}

func TestHome(t *testing.T) {
	u, err := user.Current()
	if err != nil || u.HomeDir == "" {
		t.Skipf("SKIPPED: this user has no home: %v", err)
	}
	t.Setenv("HOME", "")
	if err := home(); err != nil || os.Getenv("HOME") != u.HomeDir {
		t.Errorf("HOME became %q, %v; want %q", os.Getenv("HOME"), err, u.HomeDir)
	}
}
