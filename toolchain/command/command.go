// Package command runs other programs: with a context, a log, a process group
// that is killed as a whole, and the last lines of output in every error.
package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Cmd describes one run of an external program. Its fields mirror exec.Cmd.
type Cmd struct {
	// Path is the program: a name looked up in PATH, or a path.
	Path string
	// Args are the arguments, without the program's name.
	Args []string
	// Dir is the working folder; empty means the caller's.
	Dir string
	// Env changes what the program inherits of the caller's environment: NAME=value sets a variable, NAME alone
	// removes it. Later entries win. Only variables that say where things are on this machine are inherited (see
	// inherited): what a person has set for compilers and build tools must not reach into results.
	Env []string
	// Clean inherits nothing.
	Clean bool
	// Stdin is the program's input; nil means none.
	Stdin io.Reader
	// Stdout and Stderr receive a copy of the output; either may be nil.
	Stdout, Stderr io.Writer
	// Log is a file to which the command line and all output are appended.
	Log string
	// ExtraFiles are inherited as descriptors 3, 4, ...
	ExtraFiles []*os.File
	// Terminal gives the program the caller's own input, output and process group, for people to work with;
	// the fields above that say otherwise are not used.
	Terminal bool
	// Namespaces, if not nil, is how the program is started (clone(2)); Run adds to it.
	Namespaces *syscall.SysProcAttr
	// Label, if set, stands for the command line in logs and errors.
	Label string
	// Usage, if not nil, is told what the program took.
	Usage *Usage
}

// grace is how long a process group has between SIGTERM and SIGKILL.
const grace = 3 * time.Second

// Error reports a program that could not be run or did not exit with 0.
type Error struct {
	Command string // as a person would type it
	Err     error  // what exec reported
	Tail    string // last lines of output
	Log     string // whole output, if it was kept
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %v", e.Command, e.Err)
	if e.Log != "" {
		fmt.Fprintf(&b, "\nlog: %s", e.Log)
	}
	if e.Tail != "" {
		fmt.Fprintf(&b, "\n%s", e.Tail)
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// ExitCode returns the exit code that err carries, or -1 when the program
// did not run to its end.
func ExitCode(err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// Run runs the program and waits for it. When ctx ends, the whole process
// group gets SIGTERM and, a moment later, SIGKILL. A failure is an *Error.
func (c *Cmd) Run(ctx context.Context) error {
	tail := &tail{max: 40}
	stdout, stderr := []io.Writer{tail}, []io.Writer{tail}
	if c.Log != "" {
		if err := os.MkdirAll(filepath.Dir(c.Log), 0o755); err != nil {
			return fmt.Errorf("%s: %w", c.Path, err)
		}
		log, err := os.OpenFile(c.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
		if err != nil {
			return fmt.Errorf("%s: %w", c.Path, err)
		}
		defer log.Close()
		where := ""
		if c.Dir != "" {
			where = "cd " + quote(c.Dir) + " && "
		}
		fmt.Fprintf(log, "$ %s%s\n", where, c)
		stdout, stderr = append(stdout, log), append(stderr, log)
	}
	if c.Stdout != nil {
		stdout = append(stdout, c.Stdout)
	}
	if c.Stderr != nil {
		stderr = append(stderr, c.Stderr)
	}

	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir = c.Dir
	cmd.Env = c.environment()
	cmd.ExtraFiles = c.ExtraFiles
	cmd.SysProcAttr = &syscall.SysProcAttr{}
	if c.Namespaces != nil {
		*cmd.SysProcAttr = *c.Namespaces
	}
	if c.Terminal {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	} else {
		cmd.Stdin = c.Stdin
		cmd.Stdout = io.MultiWriter(stdout...)
		cmd.Stderr = io.MultiWriter(stderr...)
		// Covers the moment before the guardian knows of the group.
		cmd.SysProcAttr.Setpgid, cmd.SysProcAttr.Pdeathsig = true, syscall.SIGTERM
		cmd.Cancel = func() error {
			group := -cmd.Process.Pid
			time.AfterFunc(grace, func() { _ = syscall.Kill(group, syscall.SIGKILL) })
			return syscall.Kill(group, syscall.SIGTERM)
		}
		cmd.WaitDelay = grace + time.Second
	}

	err := cmd.Start()
	if err == nil {
		ended := func() {}
		if !c.Terminal {
			ended = watch(cmd.Process.Pid)
		}
		peak := func() int64 { return 0 }
		if c.Usage != nil {
			peak = observe(cmd.Process.Pid)
		}
		err = cmd.Wait()
		ended()
		if c.Usage != nil {
			*c.Usage = Usage{CPU: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), Memory: peak()}
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return &Error{Command: c.String(), Err: err, Tail: tail.String(), Log: c.Log}
	}
	return nil
}

// environment is that of the program.
func (c *Cmd) environment() []string {
	env := []string{} // not nil, which would be the caller's
	if !c.Clean {
		env = slices.DeleteFunc(os.Environ(), func(v string) bool { return !inherited(v) })
	}
	for _, change := range c.Env {
		name, _, set := strings.Cut(change, "=")
		env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		if set {
			env = append(env, change)
		}
	}
	return env
}

// inherited tells whether a program inherits the variable v, NAME=value.
func inherited(v string) bool {
	name, _, _ := strings.Cut(v, "=")
	for _, prefix := range []string{"GO", "NIX_", "REX_", "XDG_"} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	switch strings.ToUpper(name) {
	case "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
		"HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "ALL_PROXY", "NO_PROXY":
		return true
	}
	return false
}

// Output runs the program and returns what it wrote to standard output.
func (c *Cmd) Output(ctx context.Context) (string, error) {
	var out bytes.Buffer
	d := *c
	d.Stdout = &out
	if c.Stdout != nil {
		d.Stdout = io.MultiWriter(c.Stdout, &out)
	}
	err := d.Run(ctx)
	return out.String(), err
}

// String returns the command as a person would type it.
func (c *Cmd) String() string {
	if c.Label != "" {
		return c.Label
	}
	words := []string{quote(c.Path)}
	for _, a := range c.Args {
		words = append(words, quote(a))
	}
	return strings.Join(words, " ")
}

func quote(s string) string {
	if s != "" && !strings.ContainsAny(s, " \t\n'\"\\$`*?[]{}()<>|&;~#!") {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// tail keeps the last lines written to it.
type tail struct {
	mu    sync.Mutex
	max   int
	lines []string
	part  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.part = append(t.part, p...)
	for {
		i := bytes.IndexByte(t.part, '\n')
		if i < 0 {
			break
		}
		t.lines = append(t.lines, string(t.part[:i]))
		t.part = t.part[i+1:]
	}
	// A program that never ends a line must not fill the memory.
	if len(t.part) > 4096 {
		t.part = append([]byte(nil), t.part[len(t.part)-4096:]...)
	}
	if n := len(t.lines); n > t.max {
		t.lines = append([]string(nil), t.lines[n-t.max:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := t.lines
	if len(t.part) > 0 {
		lines = append(lines[:len(lines):len(lines)], string(t.part))
	}
	return strings.Join(lines, "\n")
}
