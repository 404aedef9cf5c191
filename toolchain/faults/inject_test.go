package faults

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// File operations are made to fail by seccomp's notifications (seccomp_unotify(2)): the kernel stops a process at each system call of
// a list and asks its supervisor, which lets it go on or answers with an error in its place. No code under test has a seam for it,
// and the programs that it starts are watched as well.

// names of those that take one, by the argument that it is.
var nameArgument = map[uint32]int{
	unix.SYS_OPENAT: 1, unix.SYS_MKDIRAT: 1, unix.SYS_RENAMEAT: 1, unix.SYS_RENAMEAT2: 1, unix.SYS_UNLINKAT: 1, unix.SYS_SYMLINKAT: 2, unix.SYS_LINKAT: 1,
	unix.SYS_READLINKAT: 1, unix.SYS_NEWFSTATAT: 1, unix.SYS_FCHMODAT: 1, unix.SYS_UTIMENSAT: 1, unix.SYS_STATFS: 0,
}

// callNames are the system calls that are watched: those that work on files.
var callNames = map[uint32]string{
	unix.SYS_OPENAT: "openat", unix.SYS_READ: "read", unix.SYS_WRITE: "write", unix.SYS_PWRITE64: "pwrite64", unix.SYS_COPY_FILE_RANGE: "copy_file_range",
	unix.SYS_SENDFILE: "sendfile", unix.SYS_FTRUNCATE: "ftruncate", unix.SYS_GETDENTS64: "getdents64", unix.SYS_MKDIRAT: "mkdirat", unix.SYS_RENAMEAT: "renameat",
	unix.SYS_RENAMEAT2: "renameat2", unix.SYS_UNLINKAT: "unlinkat", unix.SYS_SYMLINKAT: "symlinkat", unix.SYS_LINKAT: "linkat", unix.SYS_READLINKAT: "readlinkat",
	unix.SYS_NEWFSTATAT: "newfstatat", unix.SYS_FSTAT: "fstat", unix.SYS_FCHMODAT: "fchmodat", unix.SYS_FCHMOD: "fchmod", unix.SYS_UTIMENSAT: "utimensat",
	unix.SYS_FSYNC: "fsync", unix.SYS_SYNCFS: "syncfs", unix.SYS_STATFS: "statfs", unix.SYS_FLOCK: "flock",
}

// From linux/seccomp.h and linux/audit.h.
const (
	setModeFilter = 1
	tsync         = 1 << 0
	newListener   = 1 << 3
	tsyncESRCH    = 1 << 4
	retAllow      = 0x7fff0000
	retNotify     = 0x7fc00000
	auditX86_64   = 0xc000003e
	notifRecv     = 0xc0502100 // _IOWR('!', 0, struct seccomp_notif)
	notifSend     = 0xc0182101 // _IOWR('!', 1, struct seccomp_notif_resp)
	notifIDValid  = 0x40082102 // _IOW('!', 2, __u64)
	letGoOn       = 1          // SECCOMP_USER_NOTIF_FLAG_CONTINUE
)

type notification struct {
	ID         uint64
	PID, Flags uint32
	Call       int32
	Arch       uint32
	IP         uint64
	Args       [6]uint64
}

type response struct {
	ID    uint64
	Val   int64
	Error int32
	Flags uint32
}

// beWatched puts this process and all that it starts under the supervisor at the other end of a socket.
func beWatched(socket *os.File) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	statement := func(code uint16, k uint32) unix.SockFilter { return unix.SockFilter{Code: code, K: k} }
	filter := []unix.SockFilter{
		statement(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 4), // the architecture
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: auditX86_64},
		statement(unix.BPF_RET|unix.BPF_K, retAllow),
		statement(unix.BPF_LD|unix.BPF_W|unix.BPF_ABS, 0), // the number
	}
	for nr := range callNames {
		filter = append(filter,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: nr},
			statement(unix.BPF_RET|unix.BPF_K, retNotify))
	}
	filter = append(filter, statement(unix.BPF_RET|unix.BPF_K, retAllow))
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// Nothing but raw system calls from here to the hand-over: the supervisor has no listener yet, and no thread of ours may wait for it.
	oob := make([]byte, unix.CmsgSpace(4))
	header := (*unix.Cmsghdr)(unsafe.Pointer(&oob[0]))
	header.Level, header.Type = unix.SOL_SOCKET, unix.SCM_RIGHTS
	header.SetLen(unix.CmsgLen(4))
	one := []byte{0}
	vector := unix.Iovec{Base: &one[0], Len: 1}
	message := unix.Msghdr{Iov: &vector, Iovlen: 1, Control: &oob[0], Controllen: uint64(len(oob))}
	to := socket.Fd()
	listener, _, errno := unix.RawSyscall(unix.SYS_SECCOMP, setModeFilter, tsync|newListener|tsyncESRCH, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return fmt.Errorf("seccomp: %w", errno)
	}
	binary.NativeEndian.PutUint32(oob[unix.CmsgLen(0):], uint32(listener))
	if _, _, errno := unix.RawSyscall(unix.SYS_SENDMSG, to, uintptr(unsafe.Pointer(&message)), 0); errno != 0 {
		os.Exit(70) // and with it all threads that wait
	}
	runtime.KeepAlive(message)
	return unix.Close(int(listener))
}

// supervisor answers for one process and its children.
type supervisor struct {
	below string        // only what is done to files below it counts
	nth   int           // which of these fails, from 1; 0 for none
	errno syscall.Errno // how

	mu     sync.Mutex
	count  int
	failed string // what was made to fail
}

// supervise takes the listener from a socket and answers until nobody is watched any more.
func (s *supervisor) supervise(socket *net.UnixConn) error {
	oob := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := socket.ReadMsgUnix(make([]byte, 1), oob)
	if err != nil {
		return err
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) != 1 {
		return fmt.Errorf("no listener came: %w", err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil {
		return err
	}
	listener := fds[0]
	defer unix.Close(listener)
	for {
		// When the last process is gone the listener hangs up.
		poll := []unix.PollFd{{Fd: int32(listener), Events: unix.POLLIN}}
		if _, err := unix.Poll(poll, -1); errors.Is(err, unix.EINTR) {
			continue
		} else if err != nil {
			return err
		}
		if poll[0].Revents&unix.POLLIN == 0 {
			return nil
		}
		var n notification
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), notifRecv, uintptr(unsafe.Pointer(&n))); errno != 0 {
			continue // the process was killed while it waited
		}
		r := response{ID: n.ID, Flags: letGoOn}
		if s.fails(listener, &n) {
			r = response{ID: n.ID, Error: -int32(s.errno)}
		}
		_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(listener), notifSend, uintptr(unsafe.Pointer(&r)))
	}
}

// fails counts an operation and tells whether it is the one.
func (s *supervisor) fails(listener int, n *notification) bool {
	path := pathOf(n)
	if !strings.HasPrefix(path, s.below) {
		return false
	}
	// What was read belongs to the process only if it still waits.
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(listener), notifIDValid, uintptr(unsafe.Pointer(&n.ID))); errno != 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count++; s.count != s.nth {
		return false
	}
	s.failed = callNames[uint32(n.Call)] + " " + strings.TrimPrefix(path, s.below)
	return true
}

// pathOf is the file that a call is about; empty if nobody can tell.
func pathOf(n *notification) string {
	at, named := nameArgument[uint32(n.Call)]
	if !named {
		path, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", n.PID, int32(n.Args[0])))
		return path
	}
	name := stringAt(n.PID, n.Args[at])
	if strings.HasPrefix(name, "/") || at == 0 {
		return name
	}
	folder := fmt.Sprintf("/proc/%d/fd/%d", n.PID, int32(n.Args[at-1]))
	if int32(n.Args[at-1]) == unix.AT_FDCWD {
		folder = fmt.Sprintf("/proc/%d/cwd", n.PID)
	}
	dir, err := os.Readlink(folder)
	if err != nil {
		return ""
	}
	return strings.TrimSuffix(dir+"/"+name, "/")
}

// stringAt reads a string of another process.
func stringAt(pid uint32, address uint64) string {
	buffer := make([]byte, 512)
	local := []unix.Iovec{{Base: &buffer[0], Len: uint64(len(buffer))}}
	n, err := unix.ProcessVMReadv(int(pid), local, []unix.RemoteIovec{{Base: uintptr(address), Len: len(buffer)}}, 0)
	if err != nil {
		// It may end at the end of a page.
		rest := 4096 - int(address%4096)
		if n, err = unix.ProcessVMReadv(int(pid), local, []unix.RemoteIovec{{Base: uintptr(address), Len: min(rest, len(buffer))}}, 0); err != nil {
			return ""
		}
	}
	text, _, _ := strings.Cut(string(buffer[:n]), "\x00")
	return text
}
