package terminal

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// TestMain is also the program that has the terminal.
func TestMain(m *testing.M) {
	if os.Getenv("REX_TEST_TERMINAL") == "" {
		os.Exit(m.Run())
	}
	t, ok := Of(os.Stdin, os.Stdout)
	if !ok {
		os.Exit(3)
	}
	restore, err := t.Raw()
	if err != nil {
		panic(err)
	}
	defer restore()
	stop := t.Resized(func(rows, columns uint16) { fmt.Printf("size %d %d\r\n", rows, columns) })
	defer stop()
	fmt.Print("raw\r\n")
	end := make([]byte, 1)
	_, _ = os.Stdin.Read(end)
}

// start starts that program on a new terminal and waits until it is raw.
func start(t *testing.T) (*exec.Cmd, *os.File, *os.File, *bufio.Scanner, *unix.Termios) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Skipf("SKIPPED: this machine gives no terminals: %v", err)
	}
	t.Cleanup(func() { master.Close(); slave.Close() })
	before := modes(t, slave)
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), "REX_TEST_TERMINAL=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(master)
	if !lines.Scan() || lines.Text() != "raw" {
		t.Fatalf("got %q, %v", lines.Text(), lines.Err())
	}
	if now := modes(t, slave); now.Lflag&(unix.ECHO|unix.ICANON) != 0 {
		t.Fatal("the terminal is not raw")
	}
	return cmd, master, slave, lines, before
}

func modes(t *testing.T, f *os.File) *unix.Termios {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(f.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// However the program ends, its terminal is as it was.
func TestTerminalIsGivenBack(t *testing.T) {
	for name, end := range map[string]func(*exec.Cmd, *os.File) error{
		"by itself":           func(_ *exec.Cmd, master *os.File) error { _, err := master.WriteString("x"); return err },
		"killed":              func(cmd *exec.Cmd, _ *os.File) error { return cmd.Process.Kill() },
		"killed as a group":   func(cmd *exec.Cmd, _ *os.File) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) },
		"terminated, no word": func(cmd *exec.Cmd, _ *os.File) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			cmd, master, slave, _, before := start(t)
			if err := end(cmd, master); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			for range 100 {
				if *modes(t, slave) == *before {
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
			t.Errorf("the terminal has %+v; want %+v", modes(t, slave), before)
		})
	}
}

func TestResized(t *testing.T) {
	cmd, master, _, lines, _ := start(t)
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	if err := pty.Setsize(master, &pty.Winsize{Rows: 50, Cols: 132}); err != nil {
		t.Fatal(err)
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), "size 50 132") {
		t.Errorf("got %q; want the new size", lines.Text())
	}
}
