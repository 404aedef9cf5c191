package vm

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rex/toolchain/tools"
	"rex/toolchain/vm/guest"
)

func TestSymptom(t *testing.T) {
	tests := map[string]Verdict{
		"[    3.250175] Kernel panic - not syncing: sysrq triggered crash":                               KernelPanic,
		"[    1.000000] WARNING: CPU: 0 PID: 1 at kernel/bpf/core.c:12 f+0x1/0x2":                        Splat,
		"[    1.000000][    T1] BUG: unable to handle page fault for address: ffffffffc0000000":          Splat,
		"[    9.000000] rcu: INFO: rcu_preempt self-detected stall on CPU":                               Splat,
		"[    9.000000] INFO: task loader:50 blocked for more than 120 seconds.":                         Splat,
		"[    9.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [trigger:50]":                  Splat,
		"[    9.000000] general protection fault, probably for non-canonical address 0x1: 0000 [#1] SMP": Splat,
		"WARNING: possible circular locking dependency detected":                                         Splat,
		"[    3.250175] rex: Panic from Rex prog: panicked at src/main.rs:18:17:":                        Passed,
		"[    0.100000] Warning: this is no splat":                                                       Passed,
		"[    3.268382] user says BUG: in the middle":                                                    Passed,
	}
	for line, want := range tests {
		if got := symptom(line); got != want {
			t.Errorf("%s: got %s; want %s", line, got, want)
		}
	}
}

// Real consoles: those of testdata that are named passed-* show no trouble, the others do.
func TestSymptomsOfRealConsoles(t *testing.T) {
	logs, err := filepath.Glob("testdata/*.console")
	if err != nil || len(logs) == 0 {
		t.Fatalf("no recorded consoles: %v", err)
	}
	for _, log := range logs {
		f, err := os.Open(log)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		worst := Passed
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			if v := symptom(strings.TrimRight(lines.Text(), "\r")); v == KernelPanic || worst == Passed {
				worst = max(v, worst)
			}
		}
		want := Passed
		if strings.HasPrefix(filepath.Base(log), "panic-") {
			want = KernelPanic
		}
		if worst != want {
			t.Errorf("%s: got %s; want %s", log, worst, want)
		}
	}
}

func TestJudge(t *testing.T) {
	exit := func(stream string, code int) guest.Event {
		return guest.Event{Kind: guest.Exited, Stream: stream, Code: code, Line: "exit"}
	}
	booted, ready, done := guest.Event{Kind: guest.Booted}, guest.Event{Kind: guest.Ready}, guest.Event{Kind: guest.Done}
	line := func(text string) guest.Event {
		return guest.Event{Kind: guest.Output, Stream: guest.Trace, Line: text}
	}
	tests := map[string]struct {
		events  []guest.Event
		console []string
		want    Verdict
	}{
		"passed":                          {[]guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 0), exit(guest.Loader, -1), done}, nil, Passed},
		"no word":                         {nil, []string{"[ 0.1] booting"}, BootFailure},
		"panic before the agent":          {nil, []string{"[    0.1] Kernel panic - not syncing: No working init found."}, BootFailure},
		"panic":                           {[]guest.Event{booted, ready, line("hello")}, []string{"[    1.5] Kernel panic - not syncing: Fatal exception"}, KernelPanic},
		"splat though expectation met":    {[]guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 0), exit(guest.Loader, -1), done}, []string{"[    1.5] WARNING: CPU: 0 PID: 1 at x"}, Splat},
		"tainted though nothing was said": {[]guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 0), {Kind: guest.Done, Taint: 1 << 9}}, nil, Splat},
		"load refused":                    {[]guest.Event{booted, exit(guest.Loader, 1), done}, nil, LoadRefused},
		"trigger failed":                  {[]guest.Event{booted, ready, exit(guest.Trigger, 3), exit(guest.Loader, -1), done}, nil, TriggerFailed},
		"expectation missed":              {[]guest.Event{booted, ready, line("bye"), exit(guest.Trigger, 0), exit(guest.Loader, 0), done}, nil, ExpectationMissed},
		"never ready":                     {[]guest.Event{booted, {Kind: guest.Exited, Stream: guest.Loader, Code: -1, Line: "signal: interrupt"}, done}, nil, TimedOut},
		"loader crashed":                  {[]guest.Event{booted, {Kind: guest.Exited, Stream: guest.Loader, Code: -1, Line: "signal: segmentation fault"}, done}, nil, LoadRefused},
		"hung":                            {[]guest.Event{booted, ready, line("bye")}, nil, TimedOut},
		"agent failed":                    {[]guest.Event{booted, {Kind: guest.Failed, Line: "no trace_pipe"}, done}, nil, AgentFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			console := filepath.Join(t.TempDir(), "console")
			if err := os.WriteFile(console, []byte(strings.Join(test.console, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
			r := &run{
				start: time.Now(), job: &guest.Job{Ready: "attached", Trigger: []string{"./trigger"}},
				expect: []Expectation{{guest.Trace, regexp.MustCompile("hello"), 1}}, counts: make([]int, 1), result: &Result{Console: console},
			}
			for _, l := range test.console {
				r.consoleLine(l)
			}
			for _, e := range test.events {
				r.event(e)
			}
			if got := r.judge(nil); got.Verdict != test.want || got.Verdict != Passed && got.Reason == "" {
				t.Errorf("got %s (%s); want %s", got.Verdict, got.Reason, test.want)
			}
		})
	}
}

// Scripts tell verdicts apart by their exit codes.
func TestVerdictsHaveNamesAndCodes(t *testing.T) {
	for v, name := range verdicts {
		if name == "" || v != Passed && (v < 10 || v > 125) {
			t.Errorf("verdict %d %q is no usable exit code", v, name)
		}
		if v != Passed && v.Look() == "" {
			t.Errorf("%s does not say where to look", v)
		}
	}
}

func TestAcceleratorSetting(t *testing.T) {
	t.Setenv("REX_ACCEL", "tcg")
	if a, _, err := Accelerator(t.Context(), tools.Ready{}, "", t.TempDir()); a != TCG || err != nil {
		t.Errorf("got %s, %v; want tcg", a, err)
	}
	t.Setenv("REX_ACCEL", "hvf")
	if _, _, err := Accelerator(t.Context(), tools.Ready{}, "", t.TempDir()); err == nil {
		t.Error("REX_ACCEL=hvf was taken")
	}
}

// A QEMU that does nothing costs the deadline and no more.
func TestProbeCannotHang(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "bin"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"path": os.Getenv("PATH"), "bin/" + program: "#!/bin/sh\nsleep 1000 & wait\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	start := time.Now()
	accel, why := probe(t.Context(), tools.Ready{Tools: &tools.Host{}, Dir: dir}, "", KVM, 200*time.Millisecond)
	if accel != TCG || !strings.Contains(why, "within") || time.Since(start) > 6*time.Second {
		t.Errorf("got %s, %q after %s; want tcg after the deadline", accel, why, time.Since(start))
	}
}
