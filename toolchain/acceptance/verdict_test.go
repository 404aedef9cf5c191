package acceptance

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// Programs that make a guest end in every way that a verdict tells apart.
var programs = map[string]string{
	"ready":   `int main(void) { puts("attached"); fflush(stdout); pause(); return 0; }`,
	"refused": `int main(void) { fputs("no such program\n", stderr); return 1; }`,
	"leaves":  `int main(void) { puts("attached"); return 0; }`,
	"hello":   `int main(void) { puts("hello"); return 0; }`,
	"silent":  `int main(void) { return 0; }`,
	"fails":   `int main(void) { return 3; }`,
	"hangs":   `int main(void) { for (;;) pause(); }`,
	"panic":   `int main(void) { int fd = open("/proc/sysrq-trigger", O_WRONLY); write(fd, "c", 1); sleep(60); return 0; }`,
	"splat":   `int main(void) { int fd = open("/dev/kmsg", O_WRONLY); write(fd, "BUG: made by a test\n", 20); puts("hello"); return 0; }`,
}

// The verdict on a run is truthful, and a panic is told at once.
func TestVerdictsInVM(t *testing.T) {
	result(t, "kernel")
	agentDir := result(t, "agent")
	m, err := rex.Machine(t.Context(), "verdicts")
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	for name, text := range programs {
		source := filepath.Join(dir, name+".c")
		text = "#include <fcntl.h>\n#include <stdio.h>\n#include <unistd.h>\n" + text + "\n"
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		gcc := command.Cmd{Path: "gcc", Args: []string{"-w", "-static", "-o", filepath.Join(bin, name), source}}
		if err := withTools(t, gcc, dir, bin).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name            string
		loader, trigger string
		timeout         time.Duration
		want            vm.Verdict
	}{
		{"passes", "ready", "hello", 20 * time.Second, vm.Passed},
		{"kernel panics", "ready", "panic", 60 * time.Second, vm.KernelPanic},
		{"kernel complains though all is met", "ready", "splat", 20 * time.Second, vm.Splat},
		{"loader refuses", "refused", "hello", 20 * time.Second, vm.LoadRefused},
		{"trigger fails", "ready", "fails", 3 * time.Second, vm.TriggerFailed},
		{"nothing comes", "leaves", "silent", 20 * time.Second, vm.ExpectationMissed},
		{"nothing ends", "ready", "hangs", 3 * time.Second, vm.TimedOut},
	}
	expect := []vm.Expectation{{Stream: guest.Trigger, Match: regexp.MustCompile("^hello$"), Times: 1}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			job := guest.Job{Dir: "/test", Loader: []string{"./" + test.loader}, Ready: "^attached$", Trigger: []string{"./" + test.trigger}, Timeout: test.timeout}
			r, err := m.Run(t.Context(), []vm.File{{Host: bin, Guest: "/test"}}, job, expect, nil)
			if err != nil {
				t.Fatal(err)
			}
			if r.Verdict != test.want || r.Verdict != vm.Passed && r.Verdict != vm.TimedOut && len(r.Evidence) == 0 && r.Reason == "" {
				t.Fatalf("got %s (%s, %v); want %s", r.Verdict, r.Reason, r.Evidence, test.want)
			}
			// The job's time-out is a minute: nobody waited for it.
			if test.want == vm.KernelPanic && r.Took-r.Booted > 10*time.Second {
				t.Errorf("the panic was told %s after boot", r.Took-r.Booted)
			}
		})
	}
	t.Run("no init", func(t *testing.T) {
		broken := *m
		broken.Agent = filepath.Join(agentDir, "..", "manifest.json")
		r, err := broken.Run(t.Context(), nil, guest.Job{Loader: []string{"x"}, Timeout: time.Second}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != vm.BootFailure {
			t.Errorf("got %s (%s); want a boot failure", r.Verdict, r.Reason)
		}
	})
}
