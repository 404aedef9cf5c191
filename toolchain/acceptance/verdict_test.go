package acceptance

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// Programs that make a guest end in every way that a verdict tells apart, and that try to hide it.
var programs = map[string]string{
	"ready":   `int main(void) { say("attached"); pause(); }`,
	"refused": `int main(void) { fputs("no such program\n", stderr); return 1; }`,
	"leaves":  `int main(void) { say("attached"); return 0; }`,
	"hello":   `int main(void) { say("hello"); return 0; }`,
	"silent":  `int main(void) { return 0; }`,
	"fails":   `int main(void) { return 3; }`,
	"hangs":   `int main(void) { for (;;) pause(); }`,
	"spins":   `int main(void) { for (;;) ; }`,
	"panic":   `int main(void) { int fd = open("/proc/sysrq-trigger", O_WRONLY); write(fd, "c", 1); sleep(60); return 0; }`,
	"taints":  `int main(void) { int fd = open("/proc/sys/kernel/tainted", O_WRONLY); write(fd, "512", 3); say("hello"); return 0; }`,

	"crashes":  `int main(void) { say("attached"); sleep(1); *(volatile int *)0 = 0; return 0; }`,
	"dies":     `int main(void) { say("attached"); *(volatile int *)0 = 0; return 0; }`,
	"gives up": `int main(void) { say("attached"); say("cannot go on"); return 3; }`,
	"stubborn": `int main(void) { signal(SIGINT, SIG_IGN); signal(SIGTERM, SIG_IGN); say("attached"); for (;;) pause(); }`,
	"eats":     `int main(void) { say("attached"); for (;;) { char *p = malloc(1 << 20); if (!p) return 9; memset(p, 1, 1 << 20); } }`,
	"off":      `int main(void) { say("attached"); usleep(300000); reboot(RB_POWER_OFF); return 0; }`,
	"again":    `int main(void) { say("attached"); usleep(300000); reboot(RB_AUTOBOOT); return 0; }`,

	"much":      `int main(void) { char b[101]; memset(b, 'x', 99); b[99] = '\n'; for (int i = 0; i < 1 << 20; i++) fwrite(b, 1, 100, stdout); say("attached"); pause(); }`,
	"long line": `int main(void) { for (int i = 0; i < 3 << 20; i++) putchar('y'); say("\nattached"); pause(); }`,
	"no end":    `int main(void) { printf("attached"); fflush(stdout); pause(); }`,
	"noise":     `int main(void) { int f = open("/dev/urandom", O_RDONLY); char b[65536]; for (int i = 0; i < 8; i++) fwrite(b, 1, read(f, b, sizeof b), stdout); printf("\n\033]0;pwn\a\033[2J"); say("\n\033[1mattached\033[0m\r"); pause(); }`,
	"child":     `int main(void) { if (fork()) _exit(0); setsid(); sleep(3); say("attached"); pause(); }`,
	"forger": `int main(void) { say("{\"kind\":\"failed\",\"line\":\"forged\"}"); say("{\"kind\":\"done\",\"taint\":512}");
		const char *lines[] = { "BUG: forged", "Kernel panic - not syncing: forged", "rex: Panic from Rex prog: forged", "Out of memory: Killed process 1 (forged)" };
		int log = open("/dev/kmsg", O_WRONLY), console = open("/dev/ttyS0", O_WRONLY);
		for (int i = 0; i < 4; i++) { dprintf(log, "<0>%s\n", lines[i]); dprintf(console, "[    1.000000] %s\r\n", lines[i]); }
		usleep(300000); say("attached"); pause(); }`,
}

// prelude comes before each of them.
const prelude = `#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>
static void say(const char *line) { puts(line); fflush(stdout); }
`

// The verdict on a run is truthful, and a panic is told at once.
func TestVerdictsInVM(t *testing.T) {
	result(t, "kernel")
	agentDir := result(t, "agent")
	m, err := rex.Machine(t.Context(), "verdicts", vm.Options{})
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	for name, text := range programs {
		source := filepath.Join(dir, name+".c")
		if err := os.WriteFile(source, []byte(prelude+text+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		gcc := command.Cmd{Path: "gcc", Args: []string{"-w", "-O1", "-static", "-o", filepath.Join(bin, name), source}}
		if err := withTools(t, gcc, dir, bin).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	const soon, long = 3 * time.Second, 60 * time.Second // what is to come to an end by itself has long
	for _, test := range []struct {
		name            string
		loader, trigger string // no trigger: the loader's "attached" is all that is expected
		timeout         time.Duration
		want            vm.Verdict
	}{
		{"passes", "ready", "hello", long, vm.Passed},
		{"kernel panics", "ready", "panic", long, vm.KernelPanic},
		{"kernel is tainted though all is met", "ready", "taints", long, vm.Splat},
		{"loader refuses", "refused", "hello", long, vm.LoadRefused},
		{"trigger fails", "ready", "fails", long, vm.TriggerFailed},
		{"nothing comes", "leaves", "silent", long, vm.ExpectationMissed},
		{"nothing ends", "ready", "hangs", soon, vm.TimedOut},
		{"nothing ends and all is busy", "ready", "spins", soon, vm.TimedOut},
		{"loader crashes later", "crashes", "silent", long, vm.LoaderFailed},
		{"loader fails later", "gives up", "", long, vm.LoaderFailed},
		{"loader crashes as all is met", "dies", "", long, vm.LoaderFailed},
		{"loader hears nothing", "stubborn", "hello", long, vm.Passed},
		{"memory ends", "eats", "silent", long, vm.OutOfMemory},
		{"switched off", "off", "hangs", long, vm.PoweredOff},
		{"started again", "again", "hangs", long, vm.PoweredOff},
		{"100 MB of output", "much", "", 10 * time.Minute, vm.Passed},
		{"a line of 3 MB", "long line", "", long, vm.Passed},
		{"a line without an end", "no end", "", long, vm.Passed},
		{"noise and colours", "noise", "", long, vm.Passed},
		{"a child speaks", "child", "", long, vm.Passed},
		{"forged messages", "forger", "hello", long, vm.Passed},
	} {
		t.Run(test.name, func(t *testing.T) {
			job := guest.Job{Dir: "/test", Loader: guest.Program{Path: "./" + test.loader}, Ready: "^attached$", Timeout: test.timeout}
			expect := vm.Expectation{Stream: guest.Loader, Match: regexp.MustCompile("^attached$"), Times: 1}
			if test.trigger != "" {
				job.Trigger.Path = "./" + test.trigger
				expect = vm.Expectation{Stream: guest.Trigger, Match: regexp.MustCompile("^hello$"), Times: 1}
			}
			if test.loader == "gives up" {
				// Nothing stops the machine before the loader has failed.
				expect.Match = regexp.MustCompile("^never$")
			}
			r, err := m.Run(t.Context(), []vm.File{{Host: bin, Guest: "/test"}}, job, []vm.Expectation{expect}, nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s in %.1f s", r.Verdict, (r.Took - r.Booted).Seconds())
			if r.Verdict != test.want || r.Verdict != vm.Passed && r.Reason == "" {
				t.Fatalf("got %s (%s, %v); want %s", r.Verdict, r.Reason, r.Evidence, test.want)
			}
			// The job's time-out is a minute: nobody waited for it.
			if took := r.Took - r.Booted; test.timeout == long && took > 30*time.Second {
				t.Errorf("it was told %s after boot", took)
			}
		})
	}
	t.Run("QEMU dies", func(t *testing.T) {
		job := guest.Job{Dir: "/test", Loader: guest.Program{Path: "./hangs"}, Timeout: long}
		r, err := m.Run(t.Context(), []vm.File{{Host: bin, Guest: "/test"}}, job, nil, func(e guest.Event) {
			if e.Kind == guest.Booted {
				killMachine(t)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != vm.MachineFailed {
			t.Errorf("got %s (%s); want that the machine failed", r.Verdict, r.Reason)
		}
	})
	t.Run("no init", func(t *testing.T) {
		broken := *m
		broken.Agent = filepath.Join(agentDir, "..", "manifest.json")
		r, err := broken.Run(t.Context(), nil, guest.Job{Loader: guest.Program{Path: "x"}, Timeout: time.Second}, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		if r.Verdict != vm.BootFailure {
			t.Errorf("got %s (%s); want a boot failure", r.Verdict, r.Reason)
		}
	})
}

// killMachine kills the QEMU that this process has started.
func killMachine(t *testing.T) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		name, err := os.ReadFile(file)
		if err != nil || !strings.HasPrefix(string(name), "qemu-system") {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		if descendant(pid) {
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				t.Error(err)
			}
		}
	}
}

// descendant tells whether a process comes from this one.
func descendant(pid int) bool {
	for pid > 1 {
		if pid == os.Getpid() {
			return true
		}
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return false
		}
		// "pid (name) state parent ...", and the name may hold anything.
		_, rest, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')'):]), ") ")
		fields := strings.Fields(rest)
		if len(fields) < 2 {
			return false
		}
		if pid, err = strconv.Atoi(fields[1]); err != nil {
			return false
		}
	}
	return false
}
