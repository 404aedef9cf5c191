package jobserver

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rex/toolchain/command"
)

func TestAcquireIsBounded(t *testing.T) {
	p, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for range 2 {
		if err := p.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := p.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("third slot of two: %v; want a deadline", err)
	}
	p.Release()
	if err := p.Acquire(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// Two makes side by side never run more jobs than the pool has slots.
func TestMakesShareOnePool(t *testing.T) {
	p, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	dir := t.TempDir()
	// Each job leaves a mark while it runs and notes how many marks there are.
	makefile := `
jobs := a b c d e f
all: $(jobs)
$(jobs):
	@mkdir run-$(ID)-$@; ls -d run-* | wc -l >> seen; sleep 0.05; rmdir run-$(ID)-$@
`
	if err := os.WriteFile(filepath.Join(dir, "Makefile"), []byte(makefile), 0o644); err != nil {
		t.Fatal(err)
	}
	errs := make(chan error)
	for _, id := range []string{"1", "2"} {
		go func() {
			if err := p.Acquire(t.Context()); err != nil {
				errs <- err
				return
			}
			defer p.Release()
			errs <- (&command.Cmd{
				Path: "make", Args: []string{"ID=" + id}, Dir: dir,
				Env: []string{"MAKEFLAGS=" + p.MakeFlags()}, ExtraFiles: p.Pipe(),
			}).Run(t.Context())
		}()
	}
	for range 2 {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	seen, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	counts := strings.Fields(string(seen))
	if len(counts) != 12 {
		t.Fatalf("%d jobs ran; want 12", len(counts))
	}
	for _, c := range counts {
		if c > "2" {
			t.Errorf("%s jobs ran at once; want at most 2", c)
		}
	}
}
