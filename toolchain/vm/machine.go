// Package vm boots a kernel in QEMU, runs a job in it, and tells truthfully what came of it.
package vm

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
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
	Why         string // Accel is that
	Options
	// Packages, if not empty, is a folder with programs and libraries, laid out as a root, for jobs whose Root is guest.HostTag.
	Packages string
	// Counting makes one instruction take one nanosecond of the guest's time, so that its clocks count
	// instructions (QEMU's -icount): one CPU, emulated, whatever Accel and CPUs say.
	Counting bool
	Console  string // file that gets the console's output
	// Allow tells of a line of the kernel's log that looks like trouble and is none.
	Allow func(line string) bool
	// GDB, if not 0, is the TCP port on which the machine waits for gdb before its first instruction.
	GDB int
	// Boot bounds the time until the agent reports; 0 means three minutes: it takes seconds, but for a host with much else to do.
	Boot time.Duration
}

// margin is what a guest may take beyond its job's time-out to end by itself.
const margin = 10 * time.Second

// Run boots the machine with files in its root, does the job, and judges. seen, if not nil, gets each event
// as it arrives. A context that ends makes it an error; everything that the guest does
// wrong is a Result.
func (m *Machine) Run(ctx context.Context, files []File, job guest.Job, expect []Expectation, seen func(guest.Event)) (*Result, error) {
	var box sandbox.Box
	var devices []string
	if m.Packages != "" {
		devices = m.share(&box, guest.HostTag, m.Packages, "/vm/packages", false)
	}
	job.Network = m.Network || len(m.Ports) > 0
	run := m.newRun(&job, expect, seen)
	return run.result, m.boot(ctx, run, files, box, devices)
}

// boot boots the machine for a run, with devices beside those that all have, and judges.
func (m *Machine) boot(ctx context.Context, run *run, files []File, box sandbox.Box, devices []string) error {
	dir, err := os.MkdirTemp("", "rex-vm-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	initrd := filepath.Join(dir, "initramfs")
	if err := m.writeInitramfs(initrd, files, run.job); err != nil {
		return err
	}
	// Inherited, so that it has no path, which could be too long or hold what QEMU takes for the end of an option.
	ours, theirs, err := socketPair()
	if err != nil {
		return err
	}
	defer ours.Close()
	defer theirs.Close()
	run.host = guest.NewWriter(ours)

	log, err := os.Create(m.Console)
	if err != nil {
		return err
	}
	defer log.Close()

	boot := m.Boot
	if boot == 0 {
		boot = 3 * time.Minute
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if run.job.Session == nil && !run.job.Awaits {
		ctx, cancel = context.WithTimeoutCause(ctx, boot+run.job.Timeout+margin, errDeadline)
		defer cancel()
	}
	var wg sync.WaitGroup
	wg.Go(func() { run.serve(ours) })
	if m.GDB == 0 { // which holds the machine for as long as it likes
		bootTimer := time.AfterFunc(boot, func() {
			if run.notBooted() {
				cancel()
			}
		})
		defer bootTimer.Stop()
	}
	devices, options, err := m.devices(devices, &box)
	if err != nil {
		return err
	}
	console := &console{log: log, run: run}
	args := slices.Concat(m.base(options), devices, []string{"-initrd", m.Tools.Seen(initrd, initrdSeen), "-serial", "stdio", "-monitor", "none",
		"-device", "virtio-serial-pci", "-chardev", "socket,id=agent,fd=3", "-device", "virtserialport,chardev=agent,name=" + guest.Port})
	qemu, err := m.qemu(initrd, command.Cmd{Args: args, ExtraFiles: []*os.File{theirs}, Stdout: console, Stderr: console}, box)
	if err != nil {
		return err
	}
	qemuErr := qemu.Run(ctx)
	theirs.Close()
	wg.Wait()
	console.flush()
	if ctx.Err() != nil && !errors.Is(context.Cause(ctx), errDeadline) && !run.notBooted() {
		return context.Cause(ctx)
	}
	if ctx.Err() != nil {
		qemuErr = errDeadline // it was we who ended it
	}
	run.judge(qemuErr)
	return nil
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
		"-cpu", cpu, "-m", fmt.Sprint(m.memory()), "-smp", fmt.Sprint(cpus),
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
