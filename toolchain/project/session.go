package project

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/kernel"
	"rex/toolchain/terminal"
	"rex/toolchain/tools"
	"rex/toolchain/vm"
	"rex/toolchain/vm/guest"
)

// Defaults of machines that people work in: /tmp is memory there.
const sessionMemory = 2048 // MiB

// gdbPort is where gdb is waited for, if nobody else has it.
const gdbPort = 1234

// Session runs a command in a VM that sees this host's files as they are, with this process's input and output; args are empty for
// a login shell. With debug, the machine waits for gdb first. The Result has the command's status.
func (p *Project) Session(ctx context.Context, args []string, debug bool, wish Wish) (*vm.Result, error) {
	o, err := wish.Options(vm.Options{Memory: sessionMemory})
	if err != nil {
		return nil, err
	}
	s := &vm.Session{Args: args, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: environment()}
	if s.Writable, err = wish.directories(); err != nil {
		return nil, err
	}
	if s.Dir, err = physical("."); err != nil {
		return nil, err
	}
	if wish.DebugKernel {
		p.UseDebugKernel()
	}
	if wish.SSH {
		if err := p.letIn(s, &o); err != nil {
			return nil, err
		}
	}
	name := "vm-run"
	if len(args) == 0 {
		name = "vm-shell"
	}
	m, err := p.Machine(ctx, name, o)
	if err != nil {
		return nil, err
	}
	if err := p.giveTools(ctx, s); err != nil {
		return nil, err
	}
	for _, dir := range []string{p.Root, p.Store.Dir()} {
		if dir, err = physical(dir); err != nil {
			return nil, err
		}
		s.Shown = append(s.Shown, dir)
	}
	if debug {
		if err := p.waitForGDB(m); err != nil {
			return nil, err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if t, ok := terminal.Of(os.Stdin, os.Stdout); ok {
		if len(args) == 0 {
			p.Term.Printf("a shell in the guest, under %s (%s): this machine's files, for reading; Enter ~ . ends it", m.Accel, m.Why)
			if err := p.keepHistory(s); err != nil {
				return nil, err
			}
		}
		defer onTerminal(ctx, s, t, func() { cancel(errClosed) })()
	}
	r, refused, err := m.Session(ctx, s)
	if refused {
		p.Term.Printf("rex: this machine's files are read-only in the guest; -rw DIR makes a directory of them writable")
	}
	if errors.Is(err, errClosed) {
		return r, fmt.Errorf("%w; console: %s", err, m.Console)
	}
	return r, err
}

var errClosed = errors.New("the session was closed (Enter ~ .)")

// onTerminal gives the session's command a terminal of its own, which is shown on t. release gives t back.
func onTerminal(ctx context.Context, s *vm.Session, t *terminal.Terminal, hangUp func()) (release func()) {
	rows, columns := t.Size()
	s.Terminal = &guest.TerminalSize{Rows: rows, Columns: columns}
	sizes := make(chan guest.TerminalSize, 1)
	s.Resized = sizes
	tell := func(rows, columns uint16) {
		select {
		case <-sizes: // an old one that nobody has heard of
		default:
		}
		sizes <- guest.TerminalSize{Rows: rows, Columns: columns}
	}
	stop := t.Resized(tell)
	s.Stdin = &terminal.Escape{Reader: os.Stdin, HangUp: hangUp}
	restore := func() {}
	// Before that, Ctrl-C ends a boot that takes too long.
	s.Booted = func() error {
		var err error
		if restore, err = t.Raw(); err != nil {
			return err
		}
		context.AfterFunc(ctx, restore)
		tell(t.Size())
		return nil
	}
	return func() {
		stop()
		restore()
	}
}

// environment is what of ours means something in a guest.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return name != "TERM" && name != "COLORTERM" && name != "LANG" && !strings.HasPrefix(name, "LC_")
	})
}

// giveTools lets a session find bpftool and perf of its kernel, and what else people look around with. With REX_TOOLS=host it has what the
// host has.
func (p *Project) giveTools(ctx context.Context, s *vm.Session) error {
	if p.toolset != p.tree {
		return nil
	}
	results, err := p.Runner.Run(ctx, p.guestTools)
	if err != nil {
		return err
	}
	folder, err := p.tree.InGuest(results[p.tools.Name].Dir, filepath.Join(results[p.guestTools.Name].Dir, "bin"), filepath.Join(p.Store.Dir(), "host"))
	if err != nil {
		return fmt.Errorf("the guest's tools: %w", err)
	}
	s.Tools = tools.GuestPlace
	s.Env = append(s.Env, "PATH="+folder+":"+guest.Path)
	return nil
}

// keepHistory lets the shell find the commands of the last one.
func (p *Project) keepHistory(s *vm.Session) error {
	s.Home = vm.Home{Host: filepath.Join(p.Store.Dir(), "vm"), Guest: "/run/rex"}
	s.Env = append(s.Env, "HISTFILE=/run/rex/history")
	return os.MkdirAll(s.Home.Host, 0o755)
}

// waitForGDB makes the machine wait for gdb, and says how to start it.
func (p *Project) waitForGDB(m *vm.Machine) error {
	if err := p.takeGDBPort(m); err != nil {
		return err
	}
	object := strings.TrimSuffix(m.Kernel, kernel.Image)
	p.Term.Printf("waiting for gdb; in another terminal:\n  gdb %s -ex 'target remote :%d'", filepath.Join(object, kernel.Vmlinux), m.GDB)
	return nil
}

// takeGDBPort has the machine wait on the usual port, or on another one.
func (p *Project) takeGDBPort(m *vm.Machine) error {
	m.GDB = gdbPort
	if taken := vm.Free(gdbPort); taken != nil {
		var err error
		if m.GDB, err = vm.AnyPort(); err != nil {
			return fmt.Errorf("%w; nor can another one: %w", taken, err)
		}
		p.Term.Printf("%v; %d is used in its place", taken, m.GDB)
	}
	return nil
}
