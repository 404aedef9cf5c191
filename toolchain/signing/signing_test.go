package signing

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"rex/toolchain/signing/appended"
)

func TestOpenMakesAKeyOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys", "signing")
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if _, err := Open(dir); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	k, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	first, err := os.ReadFile(k.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Open(dir); err != nil {
		t.Fatal(err)
	}
	if again, _ := os.ReadFile(k.Certificate); string(again) != string(first) {
		t.Error("the key was made anew")
	}
	if info, err := os.Stat(k.Private); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("private key: %v, mode %v; want 0600", err, info.Mode())
	}
	if left, _ := filepath.Glob(dir + "-*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestOpenRefusesHalfAKey(t *testing.T) {
	dir := t.TempDir()
	k, err := Open(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(filepath.Join(dir, "b"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other.Certificate, k.Certificate); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{"a", "b"} {
		if _, err := Open(filepath.Join(dir, d)); err == nil || !strings.Contains(err.Error(), "remove the folder") {
			t.Errorf("%s: %v; want an error that says what to do", d, err)
		}
	}
}

func TestSignRefusesASignedFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, append([]byte("content"), appended.Marker...), 0o644); err != nil {
		t.Fatal(err)
	}
	err := (&Key{}).Sign(context.Background(), "/nonexistent", file, "", nil)
	if err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("%v; want a refusal", err)
	}
}
