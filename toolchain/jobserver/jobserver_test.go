package jobserver

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"rex/toolchain/command"
)

func TestNoSlots(t *testing.T) {
	if _, err := New(0); err == nil {
		t.Error("a pool without slots was made")
	}
}

// Makes side by side share what the pool has beyond the slot that each owns.
func TestMakesShareOnePool(t *testing.T) {
	for _, makes := range []int{1, 2} {
		t.Run(fmt.Sprint(makes), func(t *testing.T) { shared(t, makes) })
	}
}

func shared(t *testing.T, makes int) {
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
	for id := range makes {
		go func() {
			errs <- (&command.Cmd{
				Path: "make", Args: []string{fmt.Sprintf("ID=%d", id)}, Dir: dir,
				Env: []string{"MAKEFLAGS=" + p.MakeFlags()}, ExtraFiles: p.Pipe(),
			}).Run(t.Context())
		}()
	}
	for range makes {
		if err := <-errs; err != nil {
			t.Fatal(err)
		}
	}
	seen, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	counts := strings.Fields(string(seen))
	if len(counts) != 6*makes {
		t.Fatalf("%d jobs ran; want %d", len(counts), 6*makes)
	}
	for _, c := range counts {
		if n, err := strconv.Atoi(c); err != nil || n > 2+makes-1 {
			t.Errorf("%s jobs ran at once; want at most %d", c, 2+makes-1)
		}
	}
}
