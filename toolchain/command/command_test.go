package command

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestOutput(t *testing.T) {
	out, err := (&Cmd{Path: "sh", Args: []string{"-c", "echo $GREETING; echo no >&2"}, Env: []string{"GREETING=hi"}}).Output(t.Context())
	if err != nil || out != "hi\n" {
		t.Fatalf("got %q, %v; want \"hi\\n\"", out, err)
	}
}

func TestEnvRemoves(t *testing.T) {
	t.Setenv("GOGREETING", "hi")
	for want, env := range map[string][]string{"hi\n": nil, "none\n": {"GOGREETING"}} {
		out, err := (&Cmd{Path: "sh", Args: []string{"-c", "echo ${GOGREETING-none}"}, Env: env}).Output(t.Context())
		if err != nil || out != want {
			t.Errorf("got %q, %v; want %q", out, err, want)
		}
	}
}

// What a person has set for compilers and build tools does not reach them.
func TestSettingsOfAPersonStayOutside(t *testing.T) {
	for _, name := range []string{
		"CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "CC", "MAKEFLAGS", "KCFLAGS", "KCONFIG_CONFIG", "LLVM", "ARCH", "CROSS_COMPILE", "SOURCE_DATE_EPOCH",
		"RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_PROFILE_RELEASE_OPT_LEVEL", "CARGO_TARGET_X86_64_UNKNOWN_NONE_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTUP_TOOLCHAIN",
		"LC_ALL", "LANGUAGE", "CPATH", "C_INCLUDE_PATH", "LIBRARY_PATH", "LD_PRELOAD_X", "PYTHONPATH", "PERL5LIB", "CMAKE_PREFIX_PATH", "CCACHE_DIR",
	} {
		t.Setenv(name, "leak")
	}
	out, err := (&Cmd{Path: "env"}).Output(t.Context())
	if err != nil || strings.Contains(out, "leak") {
		t.Errorf("%v; the program got:\n%s", err, out)
	}
}

func TestFailureNamesCommandTailAndLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "logs", "x.log")
	err := (&Cmd{Path: "sh", Args: []string{"-c", "echo last words; exit 3"}, Log: log}).Run(t.Context())
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v; want *Error", err, err)
	}
	if ExitCode(err) != 3 || e.Tail != "last words" {
		t.Errorf("exit code %d, tail %q; want 3, \"last words\"", ExitCode(err), e.Tail)
	}
	for _, want := range []string{"sh -c", "exit status 3", log, "last words"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q lacks %q", err, want)
		}
	}
	if b, _ := os.ReadFile(log); !strings.Contains(string(b), "last words") {
		t.Errorf("log %q lacks the output", b)
	}
}

func TestMissingProgram(t *testing.T) {
	err := (&Cmd{Path: "no-such-program-here"}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "no-such-program-here") {
		t.Fatalf("got %v; want an error that names the program", err)
	}
}

// A cancelled run takes the grandchildren with it.
func TestCancelKillsGroup(t *testing.T) {
	pidFile := filepath.Join(t.TempDir(), "pid")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- (&Cmd{Path: "sh", Args: []string{"-c", "sleep 1000 & echo $! > " + pidFile + ".new; mv " + pidFile + ".new " + pidFile + "; wait"}}).Run(ctx)
	}()
	pid := waitPid(pidFile)
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v; want context.Canceled", err)
	}
	waitGone(t, pid)
}

// What a killed orchestrator had started, and what that had started, ends with it.
func TestGuardianEndsGroupAfterKill(t *testing.T) {
	if pidFile := os.Getenv("TEST_ORCHESTRATOR"); pidFile != "" {
		_ = (&Cmd{Path: "sh", Args: []string{"-c", "sh -c 'trap \"\" HUP; sleep 1000 & echo $! > " + pidFile + ".new; mv " + pidFile + ".new " + pidFile + "; wait' & wait"}}).Run(t.Context())
		return
	}
	pidFile := filepath.Join(t.TempDir(), "pid")
	orchestrator := exec.Command(os.Args[0], "-test.run=^TestGuardianEndsGroupAfterKill$")
	orchestrator.Env = append(os.Environ(), "TEST_ORCHESTRATOR="+pidFile)
	if err := orchestrator.Start(); err != nil {
		t.Fatal(err)
	}
	pid := waitPid(pidFile)
	_ = orchestrator.Process.Kill()
	_ = orchestrator.Wait()
	waitGone(t, pid)
}

func waitPid(file string) int {
	for {
		b, _ := os.ReadFile(file)
		if pid, _ := strconv.Atoi(strings.TrimSpace(string(b))); pid != 0 {
			return pid
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func waitGone(t *testing.T, pid int) {
	t.Helper()
	for range 800 {
		if state(pid) != "running" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	t.Fatalf("grandchild %d is still running", pid)
}

// state tells a live process from one that is gone or waits to be reaped.
func state(pid int) string {
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil || strings.Contains(string(b), ") Z ") {
		return "gone"
	}
	return "running"
}

func TestQuote(t *testing.T) {
	c := Cmd{Path: "echo", Args: []string{"a b", "", "it's", "plain"}}
	if got, want := c.String(), `echo 'a b' '' 'it'\''s' plain`; got != want {
		t.Errorf("got %s; want %s", got, want)
	}
}

func TestTailIsBounded(t *testing.T) {
	tl := &tail{max: 2}
	for i := range 10 {
		_, _ = tl.Write([]byte(strconv.Itoa(i) + "\n"))
	}
	if got := tl.String(); got != "8\n9" {
		t.Errorf("got %q; want the last two lines", got)
	}
}
