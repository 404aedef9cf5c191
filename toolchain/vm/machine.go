// Package vm boots a kernel in QEMU, runs a job in it, and tells truthfully what came of it.
package vm

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"rex/toolchain/command"
	"rex/toolchain/sandbox"
	"rex/toolchain/tools"
	"rex/toolchain/vm/guest"
)

// Machine is a virtual machine that can be run any number of times.
type Machine struct {
	Tools  tools.Ready
	Kernel string // bzImage
	Agent  string // static /init
	// Certificate is of the key that may sign extensions; nil means that none is trusted.
	Certificate *x509.Certificate
	Accel       Accel
	Memory      int // MiB; 0 means 512
	CPUs        int // 0 means 2
	// Counting makes one instruction take one nanosecond of the guest's time, so that its clocks count
	// instructions (QEMU's -icount): one CPU, emulated, whatever Accel and CPUs say.
	Counting bool
	Console  string // file that gets the console's output
	// Boot bounds the time until the agent reports; 0 means a minute.
	Boot time.Duration
}

// Expectation is a line that must come at least Times times.
type Expectation struct {
	Stream string
	Match  *regexp.Regexp
	Times  int
}

// Result is what came of a run.
type Result struct {
	Verdict  Verdict       `json:"verdict"`
	Reason   string        `json:"reason,omitempty"`   // one sentence
	Evidence []string      `json:"evidence,omitempty"` // the lines that prove it
	Accel    Accel         `json:"accel"`
	Booted   time.Duration `json:"booted_ns"` // from start to the agent's first word
	Took     time.Duration `json:"took_ns"`
	Console  string        `json:"console"`
	Lines    []guest.Event `json:"lines"` // output, at most maxKept lines
}

const maxKept = 10000

// margin is what a guest may take beyond its job's time-out to end by itself.
const margin = 10 * time.Second

// Run boots the machine with files in its root, does the job, and judges. seen, if not nil, gets each event
// as it arrives. A context that ends makes it an error; everything that the guest does
// wrong is a Result.
func (m *Machine) Run(ctx context.Context, files []File, job guest.Job, expect []Expectation, seen func(guest.Event)) (*Result, error) {
	dir, err := os.MkdirTemp("", "rex-vm-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	initrd := filepath.Join(dir, "initramfs")
	if err := m.writeInitramfs(initrd, files, &job); err != nil {
		return nil, err
	}
	// Inherited, so that it has no path, which could be too long or hold what QEMU takes for the end of an option.
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer ours.Close()
	defer theirs.Close()

	boot := m.Boot
	if boot == 0 {
		boot = time.Minute
	}
	run := &run{start: time.Now(), expect: expect, counts: make([]int, len(expect)), job: &job, seen: seen, result: &Result{Accel: m.Accel, Console: m.Console}}
	log, err := os.Create(m.Console)
	if err != nil {
		return nil, err
	}
	defer log.Close()

	ctx, cancel := context.WithTimeoutCause(ctx, boot+job.Timeout+margin, errDeadline)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() { run.serve(ours) })
	bootTimer := time.AfterFunc(boot, func() {
		if run.notBooted() {
			cancel()
		}
	})
	defer bootTimer.Stop()
	console := &console{log: log, run: run}
	qemu, err := m.qemu(initrd, command.Cmd{Args: m.args(initrd), ExtraFiles: []*os.File{theirs}, Stdout: console, Stderr: console}, sandbox.Box{})
	if err != nil {
		return nil, err
	}
	qemuErr := qemu.Run(ctx)
	theirs.Close()
	wg.Wait()
	console.flush()
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errDeadline) && !run.notBooted() {
		return nil, context.Cause(ctx)
	}
	return run.judge(qemuErr), nil
}

var errDeadline = errors.New("deadline of the virtual machine")

func (m *Machine) writeInitramfs(path string, files []File, job *guest.Job) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := initramfs(f, m.Agent, m.Certificate, files, job); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// socketPair makes two connected sockets, the second one for another process.
func socketPair() (net.Conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("socketpair: %w", err)
	}
	file := os.NewFile(uintptr(fds[0]), "socket of the agent")
	defer file.Close()
	conn, err := net.FileConn(file)
	return conn, os.NewFile(uintptr(fds[1]), "socket of the agent"), err
}

const program = "qemu-system-x86_64"

// Where QEMU sees what it boots.
const kernelSeen, initrdSeen = "/vm/kernel", "/vm/initrd"

// qemu makes cmd a command of QEMU's, which sees what it boots, what is in the box, and KVM.
func (m *Machine) qemu(initrd string, cmd command.Cmd, box sandbox.Box) (*command.Cmd, error) {
	box.KVM = true
	box.Mounts = append(box.Mounts, sandbox.Mount{Host: m.Kernel, Inside: kernelSeen})
	if initrd != "" {
		box.Mounts = append(box.Mounts, sandbox.Mount{Host: initrd, Inside: initrdSeen})
	}
	cmd.Path, cmd.Dir = program, "/"
	return m.Tools.Command(cmd, box)
}

// args is QEMU's command line for a job over the agent's socket, descriptor 3.
func (m *Machine) args(initrd string) []string {
	args := append(m.base(""), "-initrd", m.Tools.Seen(initrd, initrdSeen), "-serial", "stdio", "-monitor", "none",
		"-device", "virtio-serial-pci",
		"-chardev", "socket,id=agent,fd=3",
		"-device", "virtserialport,chardev=agent,name="+guest.Port)
	return args
}

// base is what all of our machines share.
func (m *Machine) base(cmdline string) []string {
	cpu, accel, cpus := "max", []string{"-accel", string(m.Accel)}, orDefault(m.CPUs, 2)
	switch {
	case m.Counting:
		accel, cpus = []string{"-accel", string(TCG), "-icount", "shift=0,sleep=off"}, 1
	case m.Accel == KVM:
		cpu = "host"
	case m.Accel == TCG:
		// With a thread per CPU QEMU 7.2 may run old code for a moment when another CPU rewrites it, as ftrace
		// and kprobes do: a plain kernel crashes within seconds of switching a busy probe on and off.
		accel = []string{"-accel", "tcg,thread=single"}
	}
	return slices.Concat(accel, []string{
		"-cpu", cpu, "-m", fmt.Sprint(orDefault(m.Memory, 512)), "-smp", fmt.Sprint(cpus),
		"-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-kernel", m.Tools.Seen(m.Kernel, kernelSeen),
		// A panic reboots at once, which -no-reboot turns into QEMU's end: nobody waits for a deadline.
		"-append", strings.TrimSpace("console=ttyS0 panic=-1 " + cmdline),
		"-device", "pvpanic-pci",
	})
}

func orDefault(n, def int) int {
	if n == 0 {
		return def
	}
	return n
}

// run is a run while it lasts.
type run struct {
	start  time.Time
	job    *guest.Job
	expect []Expectation
	seen   func(guest.Event)

	mu      sync.Mutex
	result  *Result
	conn    io.Writer
	counts  []int
	booted  bool
	ready   bool
	done    bool
	taint   uint64
	loader  *guest.Event // its exit
	trigger *guest.Event
	failure string // of the agent or the connection
	panics  []string
	splats  []string // on the console
	logged  []string // the same, as the agent read them
}

func (r *run) notBooted() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.booted
}

// serve reads what the agent says until it hangs up.
func (r *run) serve(conn net.Conn) {
	r.mu.Lock()
	r.conn = conn
	r.mu.Unlock()
	events := guest.NewReader(conn)
	for {
		e, err := events.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, net.ErrClosed) && !errors.Is(err, syscall.ECONNRESET) {
				r.mu.Lock()
				r.failure = err.Error()
				r.mu.Unlock()
			}
			return
		}
		if r.seen != nil {
			r.seen(e)
		}
		r.event(e)
	}
}

func (r *run) event(e guest.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch e.Kind {
	case guest.Booted:
		r.booted = true
		r.result.Booted = time.Since(r.start)
	case guest.Ready:
		r.ready = true
	case guest.Output:
		if len(r.result.Lines) < maxKept {
			r.result.Lines = append(r.result.Lines, e)
		}
		for i, x := range r.expect {
			if x.Stream == e.Stream && x.Match.MatchString(e.Line) {
				r.counts[i]++
			}
		}
		if e.Stream == guest.KernelLog && symptom(e.Line) != Passed {
			// The console may be quieter than the log. Nothing good comes after it.
			r.logged = append(r.logged, e.Line)
			r.stop()
		}
	case guest.Exited:
		if e.Stream == guest.Loader {
			r.loader = &e
		} else {
			r.trigger = &e
		}
	case guest.Failed:
		r.failure = e.Line
	case guest.Done:
		r.done, r.taint = true, e.Taint
	}
	if len(r.expect) > 0 && r.missing() == nil && (r.trigger != nil || len(r.job.Trigger) == 0) {
		r.stop()
	}
}

// stop asks the guest to end. The caller holds the lock.
func (r *run) stop() {
	if r.conn != nil {
		_, _ = io.WriteString(r.conn, guest.Stop+"\n")
		r.conn = nil
	}
}

// missing lists the expectations that are not met. The caller holds the lock.
func (r *run) missing() []string {
	var missing []string
	for i, x := range r.expect {
		if r.counts[i] < x.Times {
			missing = append(missing, fmt.Sprintf("expected in %s at least %d times, came %d times: %s", x.Stream, x.Times, r.counts[i], x.Match))
		}
	}
	return missing
}

// consoleLine looks at a line of the console, which speaks even when the agent can't.
func (r *run) consoleLine(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch symptom(line) {
	case KernelPanic:
		r.panics = append(r.panics, line)
	case Splat:
		r.splats = append(r.splats, line)
	}
}

// judge weighs the facts, the gravest first.
func (r *run) judge(qemuErr error) *Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	res := r.result
	res.Took = time.Since(r.start)
	set := func(v Verdict, reason string, evidence ...string) *Result {
		res.Verdict, res.Reason, res.Evidence = v, reason, evidence
		return res
	}
	missing := r.missing()
	switch {
	case len(r.panics) > 0 && r.booted:
		return set(KernelPanic, "the kernel panicked", append(r.splats, r.panics...)...)
	case !r.booted && len(r.panics) > 0:
		return set(BootFailure, "the kernel panicked before the agent ran", append(r.splats, r.panics...)...)
	case !r.booted:
		return set(BootFailure, "the agent never reported", tailOf(res.Console, 10, qemuErr)...)
	case len(r.splats) > 0:
		return set(Splat, "the kernel reported trouble", r.splats...)
	case len(r.logged) > 0:
		return set(Splat, "the kernel reported trouble", r.logged...)
	case r.taint&badTaint != 0:
		return set(Splat, fmt.Sprintf("the kernel is tainted: %#x", r.taint))
	case r.failure != "":
		return set(AgentFailed, r.failure, tailOf(res.Console, 5, nil)...)
	case !r.done:
		return set(TimedOut, "the guest did not end in time", append(missing, tailOf(res.Console, 5, nil)...)...)
	case r.loader != nil && r.loader.Code != 0 && !r.ready && !stopped(r.loader):
		return set(LoadRefused, "the loader ended before it was ready: "+r.loader.Line, r.output(guest.Loader, 20)...)
	case r.trigger != nil && r.trigger.Code != 0 && !stopped(r.trigger):
		return set(TriggerFailed, "the trigger failed: "+r.trigger.Line, r.output(guest.Trigger, 20)...)
	case !r.ready && r.job.Ready != "":
		return set(TimedOut, "the loader never said that it was ready", r.output(guest.Loader, 20)...)
	case len(missing) > 0 && r.loader != nil && r.loader.Code != -1 && (r.trigger != nil || len(r.job.Trigger) == 0):
		return set(ExpectationMissed, "not all that was expected came", missing...)
	case len(missing) > 0:
		return set(TimedOut, "time was up before all that was expected had come", missing...)
	}
	return set(Passed, "")
}

// stopped tells whether the agent ended a program, which had not ended by itself.
func stopped(exit *guest.Event) bool {
	return exit.Code == -1 && (exit.Line == "signal: interrupt" || exit.Line == "signal: killed")
}

// output returns the last lines of a stream.
func (r *run) output(stream string, n int) []string {
	var lines []string
	for _, e := range r.result.Lines {
		if e.Stream == stream {
			lines = append(lines, e.Line)
		}
	}
	return lines[max(0, len(lines)-n):]
}

// tailOf returns the last lines of the console log, and QEMU's own complaint if there was one.
func tailOf(console string, n int, qemuErr error) []string {
	text, _ := os.ReadFile(console)
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	lines = lines[max(0, len(lines)-n):]
	if qemuErr != nil {
		lines = append(lines, "qemu: "+qemuErr.Error())
	}
	return lines
}

// console keeps the console's output and shows its lines to the run.
type console struct {
	mu   sync.Mutex
	log  io.Writer
	run  *run
	part []byte
}

func (c *console) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range p {
		if b != '\n' && len(c.part) < 4096 {
			c.part = append(c.part, b)
			continue
		}
		c.run.consoleLine(strings.TrimRight(string(c.part), "\r"))
		c.part = c.part[:0]
	}
	return c.log.Write(p)
}

func (c *console) flush() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.part) > 0 {
		c.run.consoleLine(string(c.part))
	}
}

// Err says what went wrong, with the lines that prove it and where to look; nil if nothing did.
func (r *Result) Err() error {
	if r.Verdict == Passed {
		return nil
	}
	return fmt.Errorf("%s: %s\n  %s\n%s; console: %s", r.Verdict, r.Reason, strings.Join(r.Evidence, "\n  "), r.Verdict.Look(), r.Console)
}

// WriteJSON writes the result for machines.
func (r *Result) WriteJSON(path string) error {
	b, err := json.MarshalIndent(r, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}
