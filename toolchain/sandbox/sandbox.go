// Package sandbox runs programs in a file tree of their own, through the kernel's namespaces (namespaces(7)): they see
// that tree, the mounts that they are given, and nothing else of the machine. Root needs nothing for it, and others a
// user namespace (user_namespaces(7)).
//
// The first process in the namespaces is this program again: it puts the tree together, starts the command, and
// waits. When it ends, the kernel ends whatever is left in its process namespace.
package sandbox

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"rex/toolchain/command"
)

// Mount is one file or folder that a program sees.
type Mount struct {
	Host     string // where it is
	Inside   string // where it is seen: an absolute path
	Writable bool
	// Link, if set, makes Inside a symbolic link to this target; Host is not used.
	Link string
}

// Box is what a program sees.
type Box struct {
	// Tree is the root: a folder with usr, etc and var, which are seen read-only.
	Tree   string
	Mounts []Mount // a later one may lie within an earlier one
	// Network keeps the host's network, instead of a loopback device alone.
	Network bool
	// KVM adds /dev/kvm.
	KVM bool
	// User, if not 0, is the user and the group that root runs the program as; others cannot choose.
	User uint32
}

// env is how the first process is told what to do.
const env = "REX_SANDBOX"

// order is what it is told.
type order struct {
	Box     Box
	Path    string // looked up in PATH within the box
	Args    []string
	Dir     string
	Env     []string
	Private bool // in a user namespace of its own
}

// Command returns a command that runs cmd in the box. The working folder and all paths of cmd are those within the box;
// its environment is cmd.Env, to which nothing of the caller's is added.
func (b Box) Command(cmd command.Cmd) (*command.Cmd, error) {
	if err := b.check(); err != nil {
		return nil, err
	}
	o := order{Box: b, Path: cmd.Path, Args: cmd.Args, Dir: cmd.Dir, Env: cmd.Env, Private: !privileged()}
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	out := cmd
	out.Path, out.Args, out.Dir = "/proc/self/exe", nil, "/"
	out.Label = cmd.String()
	out.Clean, out.Env = true, []string{env + "=" + string(text)}
	out.Namespaces = attributes(b.Network, o.Private)
	return &out, nil
}

func (b Box) check() error {
	for _, m := range b.Mounts {
		if !filepath.IsAbs(m.Inside) || filepath.Clean(m.Inside) != m.Inside || m.Inside == "/" {
			return fmt.Errorf("sandbox: %q is no place for a mount", m.Inside)
		}
		if m.Link == "" && !filepath.IsAbs(m.Host) {
			return fmt.Errorf("sandbox: mount of %q: not an absolute path", m.Host)
		}
	}
	return nil
}

// attributes are those of the process that enters the namespaces.
func attributes(network, private bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS}
	if !network {
		a.Cloneflags |= syscall.CLONE_NEWNET
	}
	if private {
		a.Cloneflags |= syscall.CLONE_NEWUSER
		// As root inside: what differs between root and others outside does not differ within.
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	}
	return a
}

// privileged tells whether mounts can be made without a user namespace: root of a container often cannot.
func privileged() bool {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if os.Geteuid() != 0 || unix.Capget(&header, &data[0]) != nil {
		return false
	}
	return data[0].Effective&(1<<unix.CAP_SYS_ADMIN) != 0
}

// Host returns where a path within the box is on the host, if a mount has it.
func (b Box) Host(inside string) (string, bool) {
	for _, m := range slices.Backward(b.Mounts) {
		if m.Link != "" {
			continue
		}
		if inside == m.Inside {
			return m.Host, true
		}
		if rest, ok := strings.CutPrefix(inside, m.Inside+"/"); ok {
			return filepath.Join(m.Host, rest), true
		}
	}
	return "", false
}
