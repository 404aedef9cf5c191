package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"rex/toolchain/vm/guest"
)

// Statuses of a command that could not be started, as shells have them.
const (
	cannotRun = 126
	notFound  = 127
	bySignal  = 128 // and the signal's number
)

// attend runs a session's command until it has ended or the host says stop.
func attend(h *host, port io.Reader, s *guest.Session) error {
	logged, err := h.followKernel()
	if err != nil {
		return err
	}
	defer logged()
	if err := unix.Sethostname([]byte("rex")); err != nil {
		return err
	}
	if err := files(s); err != nil {
		return err
	}
	if s.Network {
		if err := network(sysroot); err != nil {
			return err
		}
	}
	if err := unix.Chroot(sysroot); err != nil {
		return err
	}
	if err := os.Chdir(s.Dir); err != nil {
		return fmt.Errorf("the guest does not see the working directory: %w", err)
	}
	c := &command{host: h, Session: s}
	exit, err := c.run(port)
	if err != nil {
		return err
	}
	h.send(*exit)
	return nil
}

// command is the one of a session.
type command struct {
	*host
	*guest.Session
	cmd   *exec.Cmd
	input io.WriteCloser
	tty   *os.File // nil if it has pipes
}

func (c *command) run(port io.Reader) (*guest.Event, error) {
	shell := "/bin/sh"
	if _, err := os.Stat("/bin/bash"); err == nil {
		shell = "/bin/bash"
	}
	args := c.Args
	if len(args) == 0 {
		args = []string{shell, "-l"}
	}
	os.Clearenv()
	for _, v := range append([]string{
		"PATH=" + guest.Path, "HOME=/root", "USER=root", "LOGNAME=root", "SHELL=" + shell, `PS1=\u@\h:\w# `,
	}, c.Env...) {
		if name, value, ok := strings.Cut(v, "="); ok {
			_ = os.Setenv(name, value)
		}
	}
	if c.SSH != nil {
		if err := listen(c.SSH, shell); err != nil {
			return nil, err
		}
	}
	path, err := exec.LookPath(args[0])
	switch {
	case errors.Is(err, exec.ErrDot):
	case errors.Is(err, os.ErrPermission):
		return &guest.Event{Kind: guest.Exited, Stream: guest.Command, Code: cannotRun, Line: args[0] + ": not a program that may be run"}, nil
	case err != nil:
		return &guest.Event{Kind: guest.Exited, Stream: guest.Command, Code: notFound, Line: args[0] + ": there is no such program in the guest"}, nil
	}
	c.cmd = &exec.Cmd{Path: path, Args: args}
	followed, err := c.start()
	if err != nil {
		return &guest.Event{Kind: guest.Exited, Stream: guest.Command, Code: cannotRun, Line: err.Error()}, nil
	}
	stop := make(chan struct{})
	go c.serve(port, stop)
	ended := make(chan struct{})
	go func() {
		select {
		case <-ended:
			return
		case <-stop:
		}
		for _, sig := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGKILL} {
			_ = syscall.Kill(-c.cmd.Process.Pid, sig)
			select {
			case <-ended:
				return
			case <-time.After(settle):
			}
		}
	}()
	_ = c.cmd.Wait()
	close(ended)
	followed()
	status := c.cmd.ProcessState.Sys().(syscall.WaitStatus)
	exit := &guest.Event{Kind: guest.Exited, Stream: guest.Command, Code: status.ExitStatus()}
	if status.Signaled() {
		exit.Code = bySignal + int(status.Signal())
	}
	return exit, nil
}

// start starts the command. followed, after its end, waits until all that it has written is sent.
func (c *command) start() (followed func(), err error) {
	if c.Terminal != nil {
		return c.startOnTerminal()
	}
	in, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	c.input = input
	c.cmd.Stdin = in
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var wait []func()
	var theirs []*os.File
	for stream, to := range map[string]*io.Writer{guest.Stdout: &c.cmd.Stdout, guest.Stderr: &c.cmd.Stderr} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		*to = w
		theirs = append(theirs, w)
		p := &pipe{r: r, send: func(b []byte) { c.output(stream, b, false) }, end: make(chan struct{})}
		go p.follow()
		wait = append(wait, p.finish)
	}
	err = c.cmd.Start()
	in.Close()
	for _, w := range theirs {
		w.Close()
	}
	return func() {
		for _, f := range wait {
			f()
		}
	}, err
}

func (c *command) startOnTerminal() (followed func(), err error) {
	master, err := pty.StartWithAttrs(c.cmd, &pty.Winsize{Rows: c.Terminal.Rows, Cols: c.Terminal.Columns}, &syscall.SysProcAttr{Setsid: true, Setctty: true})
	if err != nil {
		return nil, err
	}
	c.tty, c.input = master, master
	end := make(chan struct{})
	go func() {
		defer close(end)
		buffer := make([]byte, guest.MaxChunk)
		for {
			n, err := master.Read(buffer)
			if n > 0 {
				c.output(guest.Stdout, buffer[:n], false)
			}
			if err != nil { // EIO, once nobody has the terminal any more
				return
			}
		}
	}()
	return func() {
		// The end of the session's leader has hung the terminal up; what ignores that is not waited for.
		select {
		case <-end:
		case <-time.After(settle):
		}
	}, nil
}

// serve does what the host asks.
func (c *command) serve(port io.Reader, stop chan<- struct{}) {
	input := make(chan []byte, guest.Window)
	go c.feed(input)
	defer close(stop)
	requests := guest.NewRequestReader(port)
	for open := true; ; {
		q, err := requests.Next()
		if err != nil {
			return
		}
		switch q.Kind {
		case guest.Stop:
			return
		case guest.Resize:
			if c.tty != nil {
				_ = pty.Setsize(c.tty, &pty.Winsize{Rows: q.Rows, Cols: q.Columns})
			}
		case guest.Input:
			if open && len(q.Data) > 0 {
				input <- q.Data // up to a window of them: it never blocks
			}
		case guest.EndOf:
			if open {
				close(input)
			}
			open = false
		}
	}
}

// feed gives the command its input. What it does not want any more is never said to be taken, so the host sends no more.
func (c *command) feed(input <-chan []byte) {
	for data := range input {
		if _, err := c.input.Write(data); err != nil {
			return
		}
		c.send(guest.Event{Kind: guest.Taken, Size: len(data)})
	}
	if c.tty == nil {
		c.input.Close()
	}
}

// pipe is what a command writes to.
type pipe struct {
	r    *os.File
	send func([]byte)
	end  chan struct{}
}

// follow sends what comes, until nobody has the other end or a deadline is over.
func (p *pipe) follow() {
	defer close(p.end)
	buffer := make([]byte, guest.MaxChunk)
	for {
		n, err := p.r.Read(buffer)
		if n > 0 {
			p.send(buffer[:n])
		}
		if err != nil {
			return
		}
	}
}

// finish sends what was in the pipe when the command ended. What it has left behind may hold the pipe for as long as it likes.
func (p *pipe) finish() {
	select {
	case <-p.end:
		return
	case <-time.After(settle / 5):
	}
	_ = p.r.SetReadDeadline(time.Now())
	<-p.end
	_ = p.r.SetReadDeadline(time.Time{})
	left, err := unix.IoctlGetInt(int(p.r.Fd()), unix.TIOCINQ) // FIONREAD; and Fd makes it one that blocks
	buffer := make([]byte, guest.MaxChunk)
	for err == nil && left > 0 {
		var n int
		n, err = p.r.Read(buffer[:min(left, len(buffer))])
		p.send(buffer[:n])
		left -= n
	}
}
