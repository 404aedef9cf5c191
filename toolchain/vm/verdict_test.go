package vm

import (
	"bufio"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"rex/toolchain/tools"
	"rex/toolchain/vm/guest"
)

func TestSymptom(t *testing.T) {
	tests := map[string]Verdict{
		"[    3.250175] Kernel panic - not syncing: sysrq triggered crash":                                     KernelPanic,
		"[    1.000000] WARNING: CPU: 0 PID: 1 at kernel/bpf/core.c:12 f+0x1/0x2":                              Splat,
		"[    1.000000][    T1] BUG: unable to handle page fault for address: ffffffffc0000000":                Splat,
		"[    9.000000] rcu: INFO: rcu_preempt self-detected stall on CPU":                                     Splat,
		"[    9.000000] rcu: rcu_preempt kthread timer wakeup didn't happen, kthread starved for 2102 jiffies": Splat,
		"[    9.000000] INFO: task loader:50 blocked for more than 120 seconds.":                               Splat,
		"[    9.000000] watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [trigger:50]":                        Splat,
		"[    1.000000] watchdog: Watchdog detected hard LOCKUP on cpu 0":                                      Splat,
		"[    9.000000] general protection fault, probably for non-canonical address 0x1: 0000 [#1] SMP":       Splat,
		"WARNING: possible circular locking dependency detected":                                               Splat,
		"[    6.210193] [ BUG: Invalid wait context ]":                                                         Splat,
		"[    1.000000] loader: page allocation failure: order:4, mode:0x40dc0(GFP_KERNEL), nodemask=(null)":   Splat,
		"[    1.000000] BUG task_struct (Not tainted): Poison overwritten":                                     Splat,
		"[    1.000000] BUG: KASAN: slab-out-of-bounds in f+0x1/0x2":                                           Splat,
		"[    1.000000] BUG: KFENCE: use-after-free read in f+0x1/0x2":                                         Splat,
		"[    1.000000] kmemleak: 3 new suspected memory leaks (see /sys/kernel/debug/kmemleak)":               Splat,
		"[    1.000000] usercopy: Kernel memory exposure attempt detected from SLUB object":                    Splat,
		"[    1.000000] UBSAN: array-index-out-of-bounds in kernel/bpf/core.c:1:2":                             Splat,
		"[    1.000000] traps: PANIC: double fault, error_code: 0x0":                                           Splat,
		"[    1.000000] irq 9: nobody cared (try booting with the \"irqpoll\" option)":                         Splat,
		"[    1.000000] turning off the locking correctness validator.":                                        Splat,
		"[    1.000000] kernel BUG at mm/slub.c:1!":                                                            Splat,
		"[    1.000000] Oops: invalid opcode: 0000 [#1] SMP":                                                   Splat,
		"[    1.000000] CFI failure at f+0x1/0x2 (target: g+0x0/0x1; expected type: 0x1)":                      Splat,
		"[    1.000000] mm/pgtable-generic.c:50: bad pmd ffff888000000000(8000000000000000)":                   Splat,
		"[    5.000000] Out of memory: Killed process 60 (loader) total-vm:400000kB":                           OutOfMemory,
		"[    5.000000] Kernel panic - not syncing: System is deadlocked on memory":                            OutOfMemory,
		"[    3.250175] rex: Panic from Rex prog: panicked at src/main.rs:18:17:":                              ExtensionPanicked,
		"[    0.100000] Warning: this is no splat":                                                             Passed,
		"[    3.268382] user says BUG: in the middle":                                                          Passed,
		"[    0.500000] NMI watchdog: Perf NMI watchdog permanently disabled":                                  Passed,
		"[    0.500000] kfence: initialized - using 2097152 bytes for 255 objects":                             Passed,
		"[    2.000000] loader[53]: segfault at 0 ip 0000000000401000 sp 00007ffd00000000 error 6 in loader":   Passed,
		"[    2.000000] BUGS are not what this is about":                                                       Passed,
	}
	for line, want := range tests {
		if got := symptom(line); got != want {
			t.Errorf("%s: got %s; want %s", line, got, want)
		}
	}
}

func TestReadAllowed(t *testing.T) {
	allow, err := ReadAllowed("../../configs/kernel-log.toml")
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]bool{
		"[    9.1] INFO: NMI handler (perf_event_nmi_handler) took too long to run: 1.042 msecs": true,
		"[    9.1] INFO: task loader:50 blocked for more than 120 seconds.":                      false,
	} {
		if symptom(line) != Splat || allow(line) != want {
			t.Errorf("%s: allowed is %v; want %v", line, allow(line), want)
		}
	}
	for name, text := range map[string]string{
		"no reason": "[[allow]]\nmatch = '^INFO: x'", "everything": "[[allow]]\nmatch = '.*'\nreason = 'x'", "nothing": "[[allow]]\nreason = 'x'",
		"all bugs": "[[allow]]\nmatch = 'BUG'\nreason = 'x'", "no expression": "[[allow]]\nmatch = '('\nreason = 'x'", "unknown field": "[[allow]]\nmacth = 'x'",
	} {
		file := filepath.Join(t.TempDir(), "list.toml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadAllowed(file); err == nil || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: got %v; want an error that names the file", name, err)
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
			if v := symptom(strings.TrimRight(lines.Text(), "\r")); v == KernelPanic || v == Splat && worst == Passed {
				worst = v
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
	stopped := guest.Event{Kind: guest.Exited, Stream: guest.Loader, Code: -1, Line: "signal: interrupt", Stopped: true}
	booted, ready, done := guest.Event{Kind: guest.Booted}, guest.Event{Kind: guest.Ready}, guest.Event{Kind: guest.Done}
	line := func(text string) guest.Event {
		return guest.Event{Kind: guest.Output, Stream: guest.Trace, Line: text}
	}
	log := func(stream, text string) guest.Event {
		return guest.Event{Kind: guest.Output, Stream: stream, Line: text}
	}
	const splat, panicked, extension = "WARNING: CPU: 0 PID: 1 at x", "Kernel panic - not syncing: Fatal exception", "rex: Panic from Rex prog: panicked at src/main.rs:1:1:"
	const killed = "Out of memory: Killed process 60 (loader) total-vm:1kB"
	good := []guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 0), stopped, done}
	with := func(e ...guest.Event) []guest.Event { return slices.Concat(good[:3], e, good[3:]) }
	dead := errors.New("signal: killed")
	tests := map[string]struct {
		events  []guest.Event
		console []string
		qemu    error
		job     guest.Job
		want    Verdict
	}{
		"passed":                          {events: good, want: Passed},
		"no word":                         {console: []string{"[ 0.1] booting"}, qemu: errDeadline, want: BootFailure},
		"panic before the agent":          {console: []string{"[    0.1] Kernel panic - not syncing: No working init found."}, want: BootFailure},
		"QEMU does not start":             {qemu: errors.New("exit status 1"), want: MachineFailed},
		"panic":                           {events: []guest.Event{booted, ready, line("hello")}, console: []string{"[    1.5] " + panicked}, want: KernelPanic},
		"splat though expectation met":    {events: with(log(guest.KernelLog, splat)), console: []string{"[    1.5] " + splat}, want: Splat},
		"splat, then a hang":              {events: []guest.Event{booted, ready}, console: []string{"[    1.5] " + splat}, qemu: errDeadline, want: Splat},
		"splat at the end":                {events: append(slices.Clone(good), log(guest.KernelLog, splat)), want: Splat},
		"tainted though nothing was said": {events: append(slices.Clone(good[:5]), guest.Event{Kind: guest.Done, Taint: 1 << 9}), want: Splat},
		"a splat that a program writes":   {events: with(log(guest.UserLog, splat)), console: []string{"[    1.5] " + splat}, want: Passed},
		"a panic that a program writes":   {events: with(log(guest.UserLog, panicked)), console: []string{"[    1.5] " + panicked}, want: Passed},
		"a panic on the console alone":    {events: good, console: []string{panicked, "\x1b[1m" + splat}, want: Passed},
		"both, the program's and the kernel's": {events: []guest.Event{booted, log(guest.UserLog, panicked)},
			console: []string{"[    1.5] " + panicked, "[    1.6] " + panicked}, want: KernelPanic},
		"written, then switched off":        {events: []guest.Event{booted, log(guest.UserLog, panicked)}, console: []string{"[    1.5] " + panicked}, want: PoweredOff},
		"out of memory":                     {events: with(log(guest.KernelLog, "loader: page allocation failure: order:0"), log(guest.KernelLog, killed)), want: OutOfMemory},
		"deadlocked on memory":              {events: []guest.Event{booted}, console: []string{"[    1.5] Kernel panic - not syncing: System is deadlocked on memory"}, want: OutOfMemory},
		"extension panicked":                {events: with(log(guest.KernelLog, extension)), want: ExtensionPanicked},
		"extension panicked, as may be":     {events: with(log(guest.KernelLog, extension)), job: guest.Job{Panics: true}, want: Passed},
		"allowed":                           {events: with(log(guest.KernelLog, "INFO: harmless")), want: Passed},
		"load refused":                      {events: []guest.Event{booted, exit(guest.Loader, 1), done}, want: LoadRefused},
		"loader killed itself":              {events: []guest.Event{booted, {Kind: guest.Exited, Stream: guest.Loader, Code: -1, Line: "signal: killed"}, done}, want: LoadRefused},
		"loader left early":                 {events: []guest.Event{booted, exit(guest.Loader, 0), done}, want: LoadRefused},
		"loader crashed later":              {events: []guest.Event{booted, ready, exit(guest.Trigger, 0), exit(guest.Loader, -1), done}, want: LoaderFailed},
		"loader crashed though all was met": {events: []guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 0), exit(guest.Loader, 3), done}, want: LoaderFailed},
		"loader's status is meant":          {events: []guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 0), exit(guest.Loader, 3), done}, job: guest.Job{Loader: guest.Program{Status: 3}}, want: Passed},
		"loader's status is another one":    {events: []guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 0), exit(guest.Loader, 0), done}, job: guest.Job{Loader: guest.Program{Status: 3}}, want: LoaderFailed},
		"trigger failed":                    {events: []guest.Event{booted, ready, exit(guest.Trigger, 3), stopped, done}, want: TriggerFailed},
		"trigger's status is meant":         {events: []guest.Event{booted, ready, line("hello"), exit(guest.Trigger, 3), stopped, done}, job: guest.Job{Trigger: guest.Program{Status: 3}}, want: Passed},
		"expectation missed":                {events: []guest.Event{booted, ready, line("bye"), exit(guest.Trigger, 0), exit(guest.Loader, 0), done}, want: ExpectationMissed},
		"time was up":                       {events: []guest.Event{booted, ready, line("bye"), exit(guest.Trigger, 0), stopped, done}, want: TimedOut},
		"never ready":                       {events: []guest.Event{booted, stopped, done}, want: TimedOut},
		"loader crashed":                    {events: []guest.Event{booted, {Kind: guest.Exited, Stream: guest.Loader, Code: -1, Line: "signal: segmentation fault"}, done}, want: LoadRefused},
		"hung":                              {events: []guest.Event{booted, ready, line("bye")}, qemu: errDeadline, want: Hung},
		"switched off":                      {events: []guest.Event{booted, ready, line("hello")}, want: PoweredOff},
		"QEMU killed":                       {events: []guest.Event{booted, ready, line("hello")}, qemu: dead, want: MachineFailed},
		"agent failed":                      {events: []guest.Event{booted, {Kind: guest.Failed, Line: "no trace_pipe"}, done}, want: AgentFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			console := filepath.Join(t.TempDir(), "console")
			if err := os.WriteFile(console, []byte(strings.Join(test.console, "\n")), 0o644); err != nil {
				t.Fatal(err)
			}
			job := test.job
			job.Ready, job.Trigger.Path = "attached", "./trigger"
			m := &Machine{Console: console, Allow: func(line string) bool { return strings.Contains(line, "harmless") }}
			r := m.newRun(&job, []Expectation{{guest.Trace, regexp.MustCompile("hello"), 1}}, nil)
			for _, l := range test.console {
				r.consoleLine(l)
			}
			for _, e := range test.events {
				r.event(e)
			}
			got := r.judge(test.qemu)
			if got.Verdict != test.want || got.Verdict != Passed && got.Reason == "" {
				t.Errorf("got %s (%s); want %s", got.Verdict, got.Reason, test.want)
			}
			if err := got.Err(); err != nil && !strings.Contains(err.Error(), test.want.Look()) {
				t.Errorf("%v does not say where to look", err)
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
	if a, _, err := Accelerator(t.Context(), tools.Ready{}, "", t.TempDir(), ""); a != TCG || err != nil {
		t.Errorf("got %s, %v; want tcg", a, err)
	}
	t.Setenv("REX_ACCEL", "hvf")
	if _, _, err := Accelerator(t.Context(), tools.Ready{}, "", t.TempDir(), ""); err == nil {
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

func TestVerdictText(t *testing.T) {
	for v := range verdicts {
		text, err := v.MarshalText()
		var got Verdict
		if err == nil {
			err = got.UnmarshalText(text)
		}
		if err != nil || got != v {
			t.Errorf("%q: got %v, %v", text, got, err)
		}
	}
	if err := new(Verdict).UnmarshalText([]byte("fine")); err == nil {
		t.Error("what is no verdict is taken for one")
	}
}
