// Command agent is /init of the test VMs: it mounts what programs need, runs the job that
// the initramfs holds, reports over the virtio port, and powers off.
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"rex/toolchain/vm/guest"
)

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "agent: runs as /init of a virtual machine only")
		os.Exit(2)
	}
	if err := run(); err != nil {
		fmt.Println("rex agent:", err)
	}
	powerOff()
}

func powerOff() {
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
	select {} // init must not end
}

func run() error {
	if err := mountAll(); err != nil {
		return err
	}
	text, err := os.ReadFile(guest.JobFile)
	if err != nil {
		return err
	}
	var job guest.Job
	if err := json.Unmarshal(text, &job); err != nil {
		return fmt.Errorf("%s: %w", guest.JobFile, err)
	}
	port, err := openPort()
	if err != nil {
		return err
	}
	h := &host{w: guest.NewWriter(port)}
	h.send(guest.Event{Kind: guest.Booted})
	// Programs that never end are to be ended, with the place where they are, before the kernel complains of a stall. One without Rex
	// has no such setting.
	_ = os.WriteFile("/proc/sys/kernel/rex_timeout_ms", []byte("5000"), 0)
	_ = os.WriteFile("/proc/sys/kernel/rex_timeout_packet_ms", []byte("1000"), 0)
	err = trust()
	switch {
	case err != nil:
	case job.Session != nil:
		err = attend(h, port, job.Session)
	case job.Awaits:
		err = series(h, requests(port))
	default:
		err = h.watched(func() error { return perform(h, requests(port), &job, "") })
	}
	h.report(err)
	// The port has no flush; the host has read all once it closes its end or we are gone.
	time.Sleep(20 * time.Millisecond)
	return err
}

// mountAll mounts the kernel's file systems where programs look for them.
func mountAll() error {
	_ = unix.Mount("", "/", "", unix.MS_REMOUNT, "")
	for _, m := range slices.Concat([]mount{{"proc", "/proc"}, {"devtmpfs", "/dev"}, {"devpts", "/dev/pts"}, {"tmpfs", "/tmp"}, {"tmpfs", "/run"}}, sysfs) {
		if err := m.make(); err != nil && !errors.Is(err, unix.EBUSY) {
			return err
		}
	}
	return loopback()
}

// mount is a file system of the kernel's, and where programs look for it.
type mount struct{ kind, dir string }

var sysfs = []mount{{"sysfs", "/sys"}, {"bpf", "/sys/fs/bpf"}, {"tracefs", "/sys/kernel/tracing"}, {"debugfs", "/sys/kernel/debug"}}

func (m mount) make() error {
	err := os.MkdirAll(m.dir, 0o755)
	if err == nil {
		err = unix.Mount(m.kind, m.dir, m.kind, 0, "")
	}
	if err != nil {
		return fmt.Errorf("mount %s on %s: %w", m.kind, m.dir, err)
	}
	return nil
}

// openPort finds the virtio port by its name; the device may take a moment to appear.
func openPort() (*os.File, error) {
	for range 200 {
		names, _ := filepath.Glob("/sys/class/virtio-ports/*/name")
		for _, name := range names {
			if b, _ := os.ReadFile(name); strings.TrimSpace(string(b)) == guest.Port {
				return os.OpenFile(filepath.Join("/dev", filepath.Base(filepath.Dir(name))), os.O_RDWR, 0)
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return nil, fmt.Errorf("no virtio port %s", guest.Port)
}

// host is the other end.
type host struct {
	w    *guest.Writer
	kmsg *os.File // where the kernel's log is read, once it is
}

// report ends a job, which err is of.
func (h *host) report(err error) {
	if err != nil {
		h.send(guest.Event{Kind: guest.Failed, Line: err.Error()})
	}
	h.send(guest.Event{Kind: guest.Done, Taint: taint()})
}

// requests are those of the host, until it hangs up.
func requests(port io.Reader) <-chan guest.Request {
	all := make(chan guest.Request)
	go func() {
		defer close(all)
		for r := guest.NewRequestReader(port); ; {
			q, err := r.Next()
			if err != nil {
				return
			}
			all <- q
		}
	}()
	return all
}

func (h *host) send(e guest.Event) {
	if err := h.w.Send(e); err != nil {
		fmt.Println("rex agent:", err)
	}
}

func (h *host) output(stream string, piece []byte, end bool) {
	if err := h.w.Output(stream, piece, end); err != nil {
		fmt.Println("rex agent:", err)
	}
}

// quiet is how long a line without an end may stay one that has begun: a prompt is to be seen, too.
const quiet = 300 * time.Millisecond

// follow sends what comes from r, a pipe or the like; see, if not nil, gets each line as well, as the host will see it.
func (h *host) follow(stream string, r *os.File, see func(line string)) {
	lines := guest.Lines{Each: func(line string) {
		if see != nil {
			see(line)
		}
	}}
	buffer := make([]byte, guest.MaxChunk)
	begun := false
	for {
		var deadline time.Time
		if begun {
			deadline = time.Now().Add(quiet)
		}
		_ = r.SetReadDeadline(deadline) // of what has none, the line waits for its end
		n, err := r.Read(buffer)
		if n > 0 {
			h.output(stream, buffer[:n], false)
			_, _ = lines.Write(buffer[:n])
			begun = buffer[n-1] != '\n'
		}
		if err == nil {
			continue
		}
		if begun {
			h.output(stream, nil, true)
			lines.End()
			begun = false
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}

// searched is where programs are found that have no path.
const searched = "/bin:/sbin:/usr/bin:/usr/sbin"

// prepare makes what the job's programs find: other programs, and networks.
func prepare(job *guest.Job) error {
	if err := os.Setenv("PATH", searched); err != nil {
		return err
	}
	if job.Root != "" {
		if err := programs(job.Root); err != nil {
			return err
		}
	}
	if job.Network {
		if err := network(""); err != nil {
			return err
		}
	}
	return makeVeths(job.Veths)
}

// settle is how long a loader without a ready line is at rest before the trigger runs, and how long late output may take.
const settle = 500 * time.Millisecond

// perform runs the job's programs until they have ended, the host says stop, or time is up. Those without a network namespace are in home.
func perform(h *host, requests <-chan guest.Request, job *guest.Job, home string) error {
	ctx, cancel := context.WithTimeout(context.Background(), job.Timeout)
	var asked sync.WaitGroup // what is asked later is of the next job
	defer asked.Wait()
	defer cancel()
	asked.Go(func() {
		select {
		case q, ok := <-requests:
			if ok && q.Kind == guest.Stop {
				cancel()
			}
		case <-ctx.Done():
		}
	})
	trace, err := os.Open("/sys/kernel/tracing/trace_pipe")
	if err != nil {
		return err
	}
	traced := make(chan struct{})
	go func() { h.follow(guest.Trace, trace, nil); close(traced) }()
	defer func() {
		trace.Close()
		<-traced
	}()
	if err := within(home, func() error { return prepare(job) }); err != nil {
		return err
	}
	if job.Count {
		if err := os.WriteFile("/proc/sys/kernel/bpf_stats_enabled", []byte("1"), 0); err != nil {
			return err
		}
	}
	look := func() {}
	if job.Tell {
		o := observe()
		look = o.look // where they are sure to be there
		defer func() { h.send(guest.Event{Kind: guest.Told, Programs: o.end()}) }()
	}
	ready, began := make(chan struct{}), time.Now()
	var once sync.Once
	isReady := func() {
		once.Do(func() { h.send(guest.Event{Kind: guest.Ready, Took: time.Since(began)}); close(ready) })
	}
	var pattern *regexp.Regexp
	if job.Ready != "" {
		if pattern, err = regexp.Compile(job.Ready); err != nil {
			return err
		}
	}
	loader, err := start(h, guest.Loader, job.Dir, home, &job.Loader, func(line string) {
		if pattern != nil && pattern.MatchString(line) {
			isReady()
		}
	})
	if err != nil {
		return err
	}
	switch {
	case pattern != nil:
	case job.Trigger.Path != "":
		go func() { awaitRest(loader.cmd.Process.Pid); isReady() }()
	default: // nobody waits for it, and looking at it opens files, which programs may be there to see
		time.AfterFunc(settle, isReady)
	}
	// Whatever is left at the end, in whichever session it is.
	defer func() { _ = unix.Kill(-1, unix.SIGKILL) }()
	select {
	case <-ready:
	case <-loader.ended:
		// A loader that failed makes the trigger pointless.
		if loader.code != job.Loader.Status {
			time.Sleep(settle)
			return nil
		}
		// It may attach, print and leave, or leave a child that does so.
		select {
		case <-ready:
		case <-loader.silent:
			time.Sleep(settle)
		case <-ctx.Done():
		}
	case <-ctx.Done():
	}
	look()
	if job.Trigger.Path != "" && ctx.Err() == nil {
		trigger, err := start(h, guest.Trigger, job.Dir, home, &job.Trigger, nil)
		if err != nil {
			return err
		}
		select {
		case <-trigger.ended:
		case <-ctx.Done():
			trigger.stop()
		}
	}
	if ctx.Err() == nil && job.Interrupt {
		time.Sleep(settle)
		loader.stop()
	}
	if ctx.Err() == nil {
		// The host knows what it waits for and says stop.
		select {
		case <-loader.silent:
			time.Sleep(2 * settle)
		case <-ctx.Done():
		}
	}
	loader.stop()
	awaitTrace()
	return nil
}

// awaitTrace waits until what was traced has been read: on a machine that is busy with others, that may take its time.
func awaitTrace() {
	for end := time.Now().Add(4 * settle); time.Now().Before(end); time.Sleep(glance) {
		unread := false
		files, _ := filepath.Glob("/sys/kernel/tracing/per_cpu/cpu*/stats")
		for _, file := range files {
			text, err := os.ReadFile(file)
			unread = unread || err == nil && !strings.HasPrefix(string(text), "entries: 0\n")
		}
		if !unread {
			return
		}
	}
}

// program is a program of the job.
type program struct {
	cmd    *exec.Cmd
	ended  chan struct{}
	silent chan struct{} // it and its children have ended, or closed their output
	code   int
	told   atomic.Bool // to end, while it was alive
	gone   atomic.Bool
}

func start(h *host, stream, dir, home string, what *guest.Program, see func(string)) (*program, error) {
	if what.Path == "" {
		return nil, fmt.Errorf("the job has no %s", stream)
	}
	p := &program{cmd: exec.Command(what.Path, what.Args...), ended: make(chan struct{}), silent: make(chan struct{})}
	p.cmd.Dir = dir
	p.cmd.Env = []string{"PATH=" + searched, "HOME=/", "TERM=dumb"}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := within(cmp.Or(what.Namespace, home), p.cmd.Start); err != nil {
		return nil, fmt.Errorf("%s: %w", stream, err)
	}
	w.Close()
	go func() { h.follow(stream, r, see); close(p.silent) }()
	go func() {
		err := p.cmd.Wait()
		p.gone.Store(true)
		// Its last words come before its end, unless a child holds the pipe.
		select {
		case <-p.silent:
		case <-time.After(settle):
		}
		e := guest.Event{Kind: guest.Exited, Stream: stream, Code: p.cmd.ProcessState.ExitCode(), Stopped: p.told.Load() && !crashed(p.cmd.ProcessState)}
		if err != nil {
			e.Line = err.Error()
		}
		p.code = e.Code
		h.send(e)
		close(p.ended)
	}()
	return p, nil
}

// crashed tells whether a program died of a signal that we do not send.
func crashed(state *os.ProcessState) bool {
	status, ok := state.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() != syscall.SIGINT && status.Signal() != syscall.SIGKILL
}

// stop ends a program and its children: SIGINT, and SIGKILL if that is not heard.
func (p *program) stop() {
	select {
	case <-p.ended:
		return
	default:
	}
	p.told.Store(!p.gone.Load())
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		_ = syscall.Kill(-p.cmd.Process.Pid, sig)
		select {
		case <-p.ended:
			return
		case <-time.After(time.Second):
		}
	}
}

// watched does something while the host gets the kernel's log, and all that was in it at the end.
func (h *host) watched(do func() error) error {
	logged, err := h.followKernel()
	if err != nil {
		return err
	}
	defer logged()
	return do()
}

// followKernel sends the kernel's log, from where it was left. The host takes our word for what the kernel has said: logged waits for all
// of it.
func (h *host) followKernel() (logged func(), err error) {
	if h.kmsg == nil {
		if h.kmsg, err = os.Open("/dev/kmsg"); err != nil {
			return nil, err
		}
	}
	_ = h.kmsg.SetReadDeadline(time.Time{})
	end := make(chan struct{})
	go func() { followKmsg(h, h.kmsg); close(end) }()
	return func() {
		if h.kmsg.SetReadDeadline(time.Now().Add(quiet)) == nil {
			<-end
		}
	}, nil
}

// followKmsg sends the kernel's log, without the records' headers (Documentation/ABI/testing/dev-kmsg). The kernel's own records have
// facility 0, which those that programs write never get.
func followKmsg(h *host, kmsg *os.File) {
	record := make([]byte, 8192)
	for {
		n, err := kmsg.Read(record)
		if errors.Is(err, unix.EPIPE) {
			continue // records were overwritten before we came
		}
		if err != nil {
			return
		}
		header, text, _ := strings.Cut(string(record[:n]), ";")
		text, _, _ = strings.Cut(text, "\n")
		priority, _, _ := strings.Cut(header, ",")
		stream := guest.UserLog
		if p, err := strconv.Atoi(priority); err == nil && p>>3 == 0 {
			stream = guest.KernelLog
		}
		h.output(stream, []byte(text), true)
	}
}

func taint() uint64 {
	b, _ := os.ReadFile("/proc/sys/kernel/tainted")
	n, _ := strconv.ParseUint(strings.TrimSpace(string(b)), 10, 64)
	return n
}
