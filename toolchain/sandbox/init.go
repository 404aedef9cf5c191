package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func init() {
	switch text := os.Getenv(env); text {
	case "":
	case probing:
		os.Exit(0)
	default:
		os.Exit(first(text))
	}
}

// Codes with which the first process ends when the command could not be started, as shells and env(1) have them.
const (
	setup     = 125
	cannotRun = 126
	notFound  = 127
	bySignal  = 128 // and the signal's number
)

// first is the first process of a box. It returns the exit code of the command.
func first(text string) int {
	// The terminal's and the caller's signals go to the whole group: the command has them, too. Caught rather than
	// ignored, which the command would inherit.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	var o order
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return complain(setup, err)
	}
	// Capabilities are a thread's; the command is started by the one that has lost them.
	runtime.LockOSThread()
	if err := build(o.Box); err != nil {
		return complain(setup, err)
	}
	if err := confine(); err != nil {
		return complain(setup, err)
	}
	return o.run()
}

func complain(code int, err error) int {
	fmt.Fprintln(os.Stderr, "sandbox:", err)
	return code
}

// run starts the command and waits for it and for whatever it leaves behind.
func (o *order) run() int {
	os.Clearenv()
	for _, v := range o.Env {
		if name, value, ok := strings.Cut(v, "="); ok {
			_ = os.Setenv(name, value)
		}
	}
	if o.Dir != "" {
		if err := os.Chdir(o.Dir); err != nil {
			return complain(setup, err)
		}
	}
	path, err := exec.LookPath(o.Path)
	if err != nil && !errors.Is(err, exec.ErrDot) {
		if errors.Is(err, fs.ErrPermission) {
			return complain(cannotRun, err)
		}
		return complain(notFound, err)
	}
	files := []uintptr{0, 1, 2}
	for fd := uintptr(3); inherited(fd); fd++ {
		files = append(files, fd)
	}
	attr := &syscall.ProcAttr{Env: os.Environ(), Files: files} // in which a later one of two has won
	if o.Box.User != 0 && !o.Private {
		attr.Sys = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: o.Box.User, Gid: o.Box.User}}
	}
	pid, err := syscall.ForkExec(path, append([]string{o.Path}, o.Args...), attr)
	if err != nil {
		return complain(cannotRun, fmt.Errorf("%s: %w", o.Path, err))
	}
	for {
		var status syscall.WaitStatus
		ended, err := syscall.Wait4(-1, &status, 0, nil)
		switch {
		case errors.Is(err, syscall.EINTR):
		case err != nil:
			return complain(setup, err)
		case ended != pid:
		case status.Signaled():
			return bySignal + int(status.Signal())
		case status.Exited():
			return status.ExitStatus()
		}
	}
}

// inherited tells a descriptor that the caller gave from the Go runtime's own, which close on exec.
func inherited(fd uintptr) bool {
	flags, err := unix.FcntlInt(fd, unix.F_GETFD, 0)
	return err == nil && flags&unix.FD_CLOEXEC == 0
}

// build makes the box the root of this process.
func build(b Box) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("mount namespace: %w", err)
	}
	// Sources are held open before the new root covers any of them.
	mounts := append([]Mount{
		{Host: filepath.Join(b.Tree, "usr"), Inside: "/usr"}, {Host: filepath.Join(b.Tree, "etc"), Inside: "/etc"}, {Host: filepath.Join(b.Tree, "var"), Inside: "/var"},
	}, devices(b.KVM)...)
	mounts = append(mounts, b.Mounts...)
	sources := make([]int, len(mounts))
	for i, m := range mounts {
		if m.Link != "" {
			continue
		}
		fd, err := unix.Open(m.Host, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			return &fs.PathError{Op: "open", Path: m.Host, Err: err}
		}
		sources[i] = fd
	}
	// Any folder does: the new root covers it for this process alone.
	base := filepath.Dir(b.Tree)
	if err := unix.Mount("tmpfs", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755"); err != nil {
		return fmt.Errorf("tmpfs on %s: %w", base, err)
	}
	for _, dir := range []string{"proc", "dev", "dev/pts", "dev/shm", "tmp", "run", "root"} {
		if err := os.Mkdir(filepath.Join(base, dir), 0o755); err != nil {
			return err
		}
	}
	for _, dir := range []string{"tmp", "dev/shm"} {
		if err := unix.Mount("tmpfs", filepath.Join(base, dir), "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=1777"); err != nil {
			return fmt.Errorf("tmpfs on /%s: %w", dir, err)
		}
	}
	for link, target := range map[string]string{
		"bin": "usr/bin", "sbin": "usr/sbin", "lib": "usr/lib", "lib64": "usr/lib64",
		"dev/fd": "/proc/self/fd", "dev/stdin": "/proc/self/fd/0", "dev/stdout": "/proc/self/fd/1", "dev/stderr": "/proc/self/fd/2", "dev/ptmx": "pts/ptmx",
	} {
		if err := os.Symlink(target, filepath.Join(base, link)); err != nil {
			return err
		}
	}
	for i, m := range mounts {
		if err := m.attach(base, sources[i]); err != nil {
			return fmt.Errorf("mount %s on %s: %w", m.Host, m.Inside, err)
		}
		if m.Link == "" {
			unix.Close(sources[i])
		}
	}
	if err := unix.Mount("devpts", filepath.Join(base, "dev/pts"), "devpts", unix.MS_NOSUID|unix.MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620"); err != nil {
		return fmt.Errorf("devpts: %w", err)
	}
	if err := unix.Mount("proc", filepath.Join(base, "proc"), "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
		return fmt.Errorf("proc: %w", err)
	}
	if err := os.Chdir(base); err != nil {
		return err
	}
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	if err := unix.Unmount(".", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("the old root: %w", err)
	}
	if err := os.Chdir("/"); err != nil {
		return err
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("read-only root: %w", err)
	}
	if err := unix.Sethostname([]byte("rex")); err != nil {
		return fmt.Errorf("sethostname: %w", err)
	}
	if !b.Network {
		return loopback()
	}
	return nil
}

// devices are the device nodes that programs expect, as the host has them.
func devices(kvm bool) []Mount {
	var mounts []Mount
	names := []string{"null", "zero", "full", "random", "urandom", "tty"}
	if kvm {
		names = append(names, "kvm")
	}
	for _, name := range names {
		path := "/dev/" + name
		if _, err := os.Stat(path); err == nil {
			mounts = append(mounts, Mount{Host: path, Inside: path, Writable: true})
		}
	}
	return mounts
}

// attach puts a mount, whose source is open, below root.
func (m *Mount) attach(root string, source int) error {
	target := filepath.Join(root, m.Inside)
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return err
	}
	if m.Link != "" {
		return os.Symlink(m.Link, target)
	}
	var st unix.Stat_t
	if err := unix.Fstat(source, &st); err != nil {
		return err
	}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
	} else if f, err := os.OpenFile(target, os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		return err
	} else if err := f.Close(); err != nil {
		return err
	}
	if err := unix.Mount("/proc/self/fd/"+strconv.Itoa(source), target, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return err
	}
	attr := &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if !m.Writable {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, target, unix.AT_RECURSIVE, attr); err != nil {
		return fmt.Errorf("mount_setattr (Linux 5.12): %w", err)
	}
	return nil
}

// loopback switches on the loopback device, the only one of a new network namespace.
func loopback() error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	if err := unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request); err != nil {
		return fmt.Errorf("loopback device: %w", err)
	}
	return nil
}

// confine takes from this thread, and all that it starts, what could undo the box.
func confine() error {
	for capability := uintptr(0); ; capability++ {
		err := unix.Prctl(unix.PR_CAPBSET_DROP, capability, 0, 0, 0)
		if errors.Is(err, unix.EINVAL) {
			break // the last one was the last
		}
		if err != nil {
			return fmt.Errorf("capabilities: %w", err)
		}
	}
	return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
}
