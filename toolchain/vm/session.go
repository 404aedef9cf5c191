package vm

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"

	"rex/toolchain/sandbox"
	"rex/toolchain/vm/guest"
)

// Session is a command in a guest that sees the host's files as they are. Its fields mirror exec.Cmd.
type Session struct {
	Args []string // none means a login shell
	Dir  string   // on the host, and so in the guest
	Env  []string // NAME=value
	// Stdin is the command's input; nil means none. It is read ahead by up to guest.Window bytes.
	Stdin io.Reader
	// Stdout and Stderr get the output as it is. On a terminal all of it goes to Stdout.
	Stdout, Stderr io.Writer
	// Booted, if not nil, is called when the guest has booted, and before Stdin is read.
	Booted func() error
	// Terminal gives the command a terminal of a size, and Resized says when it has another one.
	Terminal *guest.TerminalSize
	Resized  <-chan guest.TerminalSize
	// Shown are folders of the host that are to be seen even below those that the guest has for itself, such as /tmp.
	Shown []string
	// Writable are folders of the host that the guest may write to; Home, if set, is one that it has elsewhere.
	Writable []string
	Home     Home
	// Tools, if not empty, is where the guest sees the usr of the tools tree: the sandbox has put its own root over the tree's place
	// among the host's files.
	Tools string
	// SSH, if not nil, serves it in the guest, whose network the machine needs.
	SSH *guest.SSH
}

// Home is a folder of the host that is at another place in the guest.
type Home struct{ Host, Guest string }

// ReadOnly is what programs say of the host's files when they write where they may not (strerror(3), EROFS).
const ReadOnly = "Read-only file system"

// Session boots the machine for a session's command and returns its status in the Result. What it says of the host's files that it
// could not write to is noticed: refused.
func (m *Machine) Session(ctx context.Context, s *Session) (r *Result, refused bool, err error) {
	job := guest.Job{Session: &guest.Session{
		Args: s.Args, Dir: s.Dir, Env: s.Env, Terminal: s.Terminal, Shown: append(slices.Clone(s.Shown), s.Dir), Network: m.Network || len(m.Ports) > 0, SSH: s.SSH,
	}}
	var box sandbox.Box
	var devices []string
	share := func(tag, host, inside string, writable bool) {
		devices = append(devices, m.share(&box, tag, host, inside, writable)...)
	}
	share(guest.HostTag, "/", "/vm/host", false)
	homes := slices.Clone(s.Writable)
	places := slices.Clone(s.Writable)
	if s.Home.Host != "" {
		homes, places = append(homes, s.Home.Host), append(places, s.Home.Guest)
	}
	for i, dir := range homes {
		tag := fmt.Sprintf("rw%d", i)
		share(tag, dir, filepath.Join("/vm", tag), true)
		job.Session.Shares = append(job.Session.Shares, guest.Share{Tag: tag, Path: places[i]})
	}

	if s.Tools != "" {
		devices = append(devices, "-virtfs", "local,path=/usr,mount_tag="+guest.ToolsTag+",security_model=none,multidevs=remap,readonly=on")
		job.Session.Shares = append(job.Session.Shares, guest.Share{Tag: guest.ToolsTag, Path: s.Tools})
	}

	ctx, abort := context.WithCancelCause(ctx)
	defer abort(nil)
	out, err2 := &watched{to: s.Stdout}, &watched{to: s.Stderr}
	in := &input{credit: semaphore.NewWeighted(guest.Window)}
	var run *run
	run = m.newRun(&job, nil, func(e guest.Event) {
		switch {
		case e.Kind == guest.Booted:
			if s.Booted != nil {
				if e := s.Booted(); e != nil {
					abort(e)
					return
				}
			}
			go in.pump(ctx, s, run.host)
		case e.Kind == guest.Taken:
			in.taken(e.Size)
		case e.Stream == guest.Stdout:
			out.write(e.Data)
		case e.Stream == guest.Stderr:
			err2.write(e.Data)
		case e.Stream == guest.Command && e.Line != "":
			err2.write("rex: " + e.Line + "\n")
		}
	})
	// Asked first, so that the command can end by itself.
	booting, kill := context.WithCancelCause(context.WithoutCancel(ctx))
	defer kill(nil)
	stop := context.AfterFunc(ctx, func() {
		run.mu.Lock()
		run.stop()
		run.mu.Unlock()
		wait := stopPatience
		if run.notBooted() {
			wait = 0
		}
		time.AfterFunc(wait, func() { kill(context.Cause(ctx)) })
	})
	defer stop()
	err = m.boot(booting, run, nil, box, devices)
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return run.result, out.refused || err2.refused, err
}

// share makes a device of a folder of the host's, which the guest mounts by its tag. QEMU sees it inside.
func (m *Machine) share(box *sandbox.Box, tag, host, inside string, writable bool) []string {
	box.Mounts = append(box.Mounts, sandbox.Mount{Host: host, Inside: inside, Writable: writable})
	device := fmt.Sprintf("local,path=%s,mount_tag=%s,security_model=none,multidevs=remap", option(m.Tools.Seen(host, inside)), tag)
	if !writable {
		device += ",readonly=on"
	}
	return []string{"-virtfs", device}
}

// stopPatience is how long a command and the guest have to end when they are told to.
const stopPatience = 2 * time.Second

// input is what a session's command reads.
type input struct {
	credit *semaphore.Weighted
	mu     sync.Mutex
	sent   int // and not taken
}

// pump sends the input, and the terminal's sizes, until they end.
func (in *input) pump(ctx context.Context, s *Session, host *guest.Writer) {
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case size, ok := <-s.Resized:
				if !ok || host.Ask(guest.Request{Kind: guest.Resize, TerminalSize: size}) != nil {
					return
				}
			}
		}
	}()
	if s.Stdin != nil {
		buffer := make([]byte, guest.MaxChunk/2)
		for {
			n, err := s.Stdin.Read(buffer)
			if n > 0 {
				if in.credit.Acquire(ctx, int64(n)) != nil {
					return
				}
				in.mu.Lock()
				in.sent += n
				in.mu.Unlock()
				if host.Ask(guest.Request{Kind: guest.Input, Data: buffer[:n]}) != nil {
					return
				}
			}
			if err != nil {
				break
			}
		}
	}
	_ = host.Ask(guest.Request{Kind: guest.EndOf})
}

// taken is what the guest says it has taken; no more than was sent counts.
func (in *input) taken(n int) {
	in.mu.Lock()
	n = min(n, in.sent)
	in.sent -= n
	in.mu.Unlock()
	in.credit.Release(int64(n))
}

// watched passes output on, and looks whether it speaks of a read-only file system.
type watched struct {
	to      io.Writer
	last    []byte
	refused bool
}

func (w *watched) write(data string) {
	if w.to != nil {
		_, _ = io.WriteString(w.to, data)
	}
	w.last = append(w.last, data...)
	w.refused = w.refused || bytes.Contains(w.last, []byte(ReadOnly))
	w.last = append(w.last[:0], w.last[max(0, len(w.last)-len(ReadOnly)):]...)
}
