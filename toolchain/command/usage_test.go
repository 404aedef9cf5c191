package command

import (
	"os/exec"
	"testing"
	"time"
)

// What a program's children took counts as what it took.
func TestUsage(t *testing.T) {
	const script = `import os, sys, time
if os.fork() == 0:
    block = bytearray(96 << 20)
    end = time.process_time() + 0.3
    while time.process_time() < end: pass
    time.sleep(1)
    sys.exit(0)
os.wait()`
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("skipped: there is no python3")
	}
	var u Usage
	if err := (&Cmd{Path: "python3", Args: []string{"-c", script}, Usage: &u}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if u.Memory < 96<<20 || u.Memory > 200<<20 {
		t.Errorf("it took %d bytes; want 96 MiB and a little", u.Memory)
	}
	if u.CPU < 300*time.Millisecond || u.CPU > 5*time.Second {
		t.Errorf("it took %v of a processor; want 0.3 s and a little", u.CPU)
	}
}

func TestParent(t *testing.T) {
	for _, tt := range []struct {
		line        string
		pid, parent int
		ok          bool
	}{
		{"17 (sh) S 3 17 17 0", 17, 3, true},
		{"17 (a) R 9 (b) S 3 17 17 0", 17, 3, true},
		{"17 ()) S 3", 17, 3, true},
		{"17 (sh) S", 0, 0, false},
		{"17 sh S 3", 0, 0, false},
		{"", 0, 0, false},
	} {
		pid, parent, ok := parent([]byte(tt.line))
		if ok != tt.ok || ok && (pid != tt.pid || parent != tt.parent) {
			t.Errorf("%q: %d, %d, %v", tt.line, pid, parent, ok)
		}
	}
}
