package acceptance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"rex/toolchain/command"
	"rex/toolchain/vm"
)

// mage is a run of a target, as a person starts it.
func mage(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	result(t, "kernel")
	result(t, "agent")
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"tool", "mage"}, args...)...)
	cmd.Dir = dir
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// server answers once on port 80.
const server = `#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>
int main(void) { struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(80) }; int s = socket(AF_INET, SOCK_STREAM, 0), c;
	if (bind(s, (void *)&a, sizeof a) || listen(s, 1)) return 1; write(2, "listens\n", 8); c = accept(s, 0, 0); write(c, "from the guest", 14); close(c); return 0; }
`

// A command in a guest has what one here has: a status, input and output apart from each other, the files as they are now.
func TestCommandInVM(t *testing.T) {
	dir, shared := filepath.Join(rootOrSkip(t), "build/test-session"), t.TempDir()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	source := filepath.Join(dir, "server.c")
	if err := os.WriteFile(source, []byte(server), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := withTools(t, command.Cmd{Path: "gcc", Args: []string{"-w", "-static", "-o", filepath.Join(dir, "server"), source}}, dir).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close()
	script := `read line; echo "$line"; pwd; hostname; nproc; echo "$HOME"; cat now; grep -o 'rex.test=1' /proc/cmdline
		echo new > "$1/new"; ./server; echo no > now; sha256sum; dd if=/dev/zero of=/tmp/big bs=1M count=600 2>/dev/null && echo big; exit 3`
	cmd := mage(t, dir, "vm:run", "-memory", "1500M", "-cpus=3", "-append", "rex.test=1", "-rw", shared, "-p", fmt.Sprintf("%d:80", port), "--", "sh", "-c", script, "sh", shared)
	input := bytes.Repeat([]byte("0123456789abcdef\x00\xff\x1b\r\n"), 100_000)
	cmd.Stdin = io.MultiReader(strings.NewReader("first line\n"), bytes.NewReader(input))
	if err := os.WriteFile(filepath.Join(dir, "now"), []byte("as it is now\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	stderr := &waiter{line: "listens\n", heard: make(chan struct{})}
	cmd.Stdout, cmd.Stderr = &stdout, stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case <-stderr.heard:
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(conn); string(text) != "from the guest" {
			t.Errorf("through the port came %q, %v", text, err)
		}
		err = <-ended
		if status := command.ExitCode(err); status != 3 {
			t.Errorf("got %v; want exit status 3", err)
		}
	case err := <-ended:
		t.Fatalf("it ended: %v\n%s%s", err, stdout.String(), stderr.text.String())
	}
	sum, err := (&command.Cmd{Path: "sha256sum", Stdin: bytes.NewReader(input)}).Output(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if want := "first line\n" + dir + "\nrex\n3\n/root\nas it is now\nrex.test=1\n" + sum + "big\n"; stdout.String() != want {
		t.Errorf("got %q; want %q", stdout.String(), want)
	}
	if said := stderr.text.String(); !strings.Contains(said, vm.ReadOnly) || !strings.Contains(said, "-rw DIR") {
		t.Errorf("it said %q; want that the files are read-only, and what to do", said)
	}
	if text, err := os.ReadFile(filepath.Join(shared, "new")); string(text) != "new\n" {
		t.Errorf("in the writable folder is %q, %v", text, err)
	}
}

// TestToolsInVM: whatever the host has, a guest finds what a kernel engineer looks for, and bpftool knows a program of Rex.
func TestToolsInVM(t *testing.T) {
	dir := filepath.Join(rootOrSkip(t), "build", "test-tools")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	script := `set -e
		for tool in bpftool perf strace tcpdump ip ss tc; do command -v $tool > /dev/null || echo "no $tool"; done
		strace -e trace=getpid true; tcpdump --version; ip -br link show lo
		cd "$1"; perf record -q -a -e cpu-clock -o /tmp/data sh -c './loader && ./trigger 3000'
		perf report -i /tmp/data --stdio --sort symbol 2> /dev/null | grep rex_prog1
		id=$(bpftool -j prog list | grep -o '"id":[0-9]*,"type":"[a-z_]*","name":"rex_prog1"' | grep -o '[0-9]*' | head -1)
		bpftool prog show id $id; bpftool -j prog show id $id
		bpftool prog dump xlated id $id || echo "status $?"; bpftool prog dump jited id $id`
	cmd := mage(t, dir, "vm:run", "-cpus=2", "--", "sh", "-c", script, "sh", result(t, "sample-atomic"))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v", err)
	}
	for _, want := range []string{
		"+++ exited with 0 +++", "tcpdump version", "lo               UNKNOWN", "rex image atomic", "  signed by Rex extensions: ", `"rex_image":{"name":"atomic"`,
		"is one of Rex, from image atomic: it has no eBPF instructions", "endbr64", "[k] rex_prog_1::rex_prog1",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("there is no %q in\n%s", want, out)
			break
		}
	}
}

func rootOrSkip(t *testing.T) string {
	t.Helper()
	result(t, "kernel")
	return rex.Root
}

// waiter tells when a text has come.
type waiter struct {
	text  bytes.Buffer
	line  string
	heard chan struct{}
	told  bool
}

func (w *waiter) Write(b []byte) (int, error) {
	w.text.Write(b)
	if !w.told && strings.Contains(w.text.String(), w.line) {
		w.told = true
		close(w.heard)
	}
	return len(b), nil
}

// screen is a terminal that somebody looks at.
type screen struct {
	t      *testing.T
	master *os.File
	slave  *os.File
	cmd    *exec.Cmd
	text   chan []byte
	shown  string
}

// shell opens a shell in a guest, on a terminal of 50 rows and 132 columns.
func shell(t *testing.T) *screen {
	t.Helper()
	cmd := mage(t, rootOrSkip(t), "vm:shell")
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("SKIPPED: this machine gives no terminals: %v", err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	if err := pty.Setsize(master, &pty.Winsize{Rows: 50, Cols: 132}); err != nil {
		t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.Env = append(os.Environ(), "TERM=dumb", "PS1=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &screen{t: t, master: master, slave: slave, cmd: cmd, text: make(chan []byte, 1000)}
	go func() {
		for {
			b := make([]byte, 4096)
			n, err := master.Read(b)
			if err != nil {
				return
			}
			s.text <- b[:n]
		}
	}()
	s.waitFor("# ")
	return s
}

func (s *screen) waitFor(text string) {
	s.t.Helper()
	late := time.After(90 * time.Second)
	for !strings.Contains(s.shown, text) {
		select {
		case b := <-s.text:
			s.shown += string(b)
		case <-late:
			s.t.Fatalf("there is no %q in %q", text, s.shown)
		}
	}
	_, s.shown, _ = strings.Cut(s.shown, text)
}

func (s *screen) typeLine(text string) {
	s.t.Helper()
	if _, err := io.WriteString(s.master, text+"\r"); err != nil {
		s.t.Fatal(err)
	}
}

// end waits for mage's end, and looks whether the terminal is as it was.
func (s *screen) end() error {
	s.t.Helper()
	err := s.cmd.Wait()
	for range 50 {
		state, e := unix.IoctlGetTermios(int(s.slave.Fd()), unix.TCGETS)
		if e != nil {
			s.t.Fatal(e)
		}
		if state.Lflag&unix.ECHO != 0 && state.Lflag&unix.ICANON != 0 {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	s.t.Error("the terminal is still raw")
	return err
}

func TestShellInVM(t *testing.T) {
	t.Run("size, files, status", func(t *testing.T) {
		s := shell(t)
		s.typeLine("stty size")
		s.waitFor("50 132")
		if err := pty.Setsize(s.master, &pty.Winsize{Rows: 40, Cols: 100}); err != nil {
			t.Fatal(err)
		}
		s.typeLine("sleep 1; stty size")
		s.waitFor("40 100")
		file := filepath.Join(rex.Root, "build/test-shell")
		defer os.Remove(file)
		for _, text := range []string{"older", "newer", "newest"} {
			if err := os.WriteFile(file+".new", []byte(text+" text\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(file+".new", file); err != nil {
				t.Fatal(err)
			}
			s.typeLine("cat " + file)
			s.waitFor(text + " text")
		}
		s.typeLine("exit 7")
		if err := s.end(); command.ExitCode(err) != 7 {
			t.Errorf("got %v; want exit status 7", err)
		}
	})
	t.Run("the kernel panics", func(t *testing.T) {
		s := shell(t)
		s.typeLine("echo c > /proc/sysrq-trigger")
		s.waitFor("kernel panic: the kernel panicked")
		if err := s.end(); command.ExitCode(err) != int(vm.KernelPanic) {
			t.Errorf("got %v; want the verdict's exit status", err)
		}
	})
	t.Run("terminated", func(t *testing.T) {
		s := shell(t)
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		var exit *exec.ExitError
		if err := s.end(); !errors.As(err, &exit) {
			t.Errorf("got %v; want that it failed", err)
		}
	})
	t.Run("killed", func(t *testing.T) {
		s := shell(t)
		if err := syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := s.end(); err == nil {
			t.Error("it was killed and says that all is well")
		}
	})
}
