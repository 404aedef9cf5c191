// Package terminal lends the caller's terminal to a program elsewhere, and gives it back as it was, however this process ends.
package terminal

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// Terminal is what this process reads from and writes to, if that is one.
type Terminal struct{ in, out *os.File }

// Of returns the terminal of two files, which both must be one.
func Of(in, out *os.File) (*Terminal, bool) {
	return &Terminal{in, out}, term.IsTerminal(int(in.Fd())) && term.IsTerminal(int(out.Fd()))
}

// Size is that of the terminal, in characters.
func (t *Terminal) Size() (rows, columns uint16) {
	size, err := unix.IoctlGetWinsize(int(t.out.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0, 0
	}
	return size.Row, size.Col
}

// Resized calls f whenever the terminal has another size, until stop.
func (t *Terminal) Resized(f func(rows, columns uint16)) (stop func()) {
	changes := make(chan os.Signal, 1)
	signal.Notify(changes, syscall.SIGWINCH)
	go func() {
		for range changes {
			f(t.Size())
		}
	}()
	return func() {
		signal.Stop(changes)
		close(changes)
	}
}

// Raw lets every byte through, until restore. Should this process die before that, a second one restores.
func (t *Terminal) Raw() (restore func(), err error) {
	fd := int(t.in.Fd())
	state, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	dismiss, err := t.guard(state)
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	// In the background this stops us, as it should; later nothing may keep us from restoring.
	if _, err := term.MakeRaw(fd); err != nil {
		dismiss()
		return nil, fmt.Errorf("terminal: %w", err)
	}
	signal.Ignore(syscall.SIGTTOU)
	return sync.OnceFunc(func() {
		_ = unix.IoctlSetTermios(fd, unix.TCSETSW, state)
		dismiss()
	}), nil
}

// guardEnv tells the second process what to restore.
const guardEnv = "REX_TERMINAL"

// dismissed is what it reads if that is not needed any more.
const dismissed = "restored"

func init() {
	if text := os.Getenv(guardEnv); text != "" {
		watch(text)
		os.Exit(0)
	}
}

// watch waits for the end of the first process, whose end of the pipe closes.
func watch(text string) {
	signal.Ignore(syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGTTOU, syscall.SIGTSTP)
	var state unix.Termios
	if json.Unmarshal([]byte(text), &state) != nil {
		return
	}
	if said, _ := io.ReadAll(os.Stdin); string(said) != dismissed {
		_ = unix.IoctlSetTermios(3, unix.TCSETSW, &state)
	}
}

// guard starts the second process, in a group of its own: what kills ours spares it.
func (t *Terminal) guard(state *unix.Termios) (dismiss func(), err error) {
	text, err := json.Marshal(state)
	if err != nil {
		return nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self)
	cmd.Env = []string{guardEnv + "=" + string(text)}
	cmd.ExtraFiles = []*os.File{t.in}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	return func() {
		_, _ = io.WriteString(pipe, dismissed)
		_ = pipe.Close()
		_ = cmd.Wait()
	}, nil
}
