package report

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"rex/toolchain/stage"
)

// Without a terminal there are whole, plain lines.
func TestPlainLines(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	term := NewTerminal(f)
	kernel := &stage.Stage{Name: "kernel", Doc: "Linux with Rex"}
	fmt.Fprintln(term.Building(kernel, "first build"), "CC kernel/fork.o")
	term.Done(kernel, 90*time.Second, nil)
	bar := term.Start("linux.tar.xz", 10)
	_, _ = bar.Write(make([]byte, 10))
	bar.Close()
	term.Done(&stage.Stage{Name: "failed"}, 0, errors.New("told by others"))
	term.Close()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"> kernel         Linux with Rex (first build)\n", "✓ kernel         1 min 30 s\n", "fetched linux.tar.xz"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.ContainsAny(string(text), "\x1b\r") {
		t.Errorf("control characters in\n%q", text)
	}
}

func TestLineFitsAndIsPrintable(t *testing.T) {
	term := &Terminal{}
	k := &task{name: "rustc", start: time.Now(), last: "Compiling \x1b[31mrustc_middle\t" + strings.Repeat("ü", 200)}
	line := term.line(k, 60)
	if n := len([]rune(line)); n > 60 {
		t.Errorf("%d columns; want at most 60", n)
	}
	if strings.ContainsAny(line, "\x1b\t") {
		t.Errorf("control characters in %q", line)
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{1500 * time.Millisecond: "1.5 s", 42 * time.Second: "42 s", 450 * time.Second: "7 min 30 s"} {
		if got := short(d); got != want {
			t.Errorf("%v: got %q; want %q", d, got, want)
		}
	}
}
