package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"rex/toolchain/vm/guest"
)

// Where the host's files are, and where a session's root is put together.
const (
	hostRoot = "/host"
	sysroot  = "/sysroot"
)

// share is how a folder of the host is mounted. Nothing is kept in the guest: what is read is what the host has at that moment.
const share = "trans=virtio,version=9p2000.L,msize=524288,cache=none"

// files puts a session's root together: the host's files as they are, for reading, with what the guest has for itself and the
// folders that are shared for writing on top of them.
func files(s *guest.Session) error {
	for _, dir := range []string{hostRoot, "/over", sysroot} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := unix.Mount(guest.HostTag, hostRoot, "9p", unix.MS_RDONLY, share); err != nil {
		return fmt.Errorf("the host's files: %w", err)
	}
	if err := bind(hostRoot, sysroot); err != nil {
		return err
	}
	// What is written to /tmp is bounded by it.
	if err := unix.Mount("tmpfs", "/over", "tmpfs", 0, "size=75%"); err != nil {
		return err
	}
	for _, dir := range []string{"/proc", "/sys", "/dev", "/run"} {
		if err := bind(dir, sysroot+dir); err != nil {
			return err
		}
	}
	for _, dir := range []string{"/tmp", "/var/tmp", "/root"} {
		if err := scratch(dir); err != nil {
			return err
		}
	}
	for _, dir := range s.Shown {
		if err := show(dir); err != nil {
			return err
		}
	}
	for _, x := range s.Shares {
		if err := os.MkdirAll(sysroot+x.Path, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(x.Tag, sysroot+x.Path, "9p", 0, share); err != nil {
			return fmt.Errorf("%s: %w", x.Path, err)
		}
	}
	return nil
}

func bind(from, to string) error {
	if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
		return fmt.Errorf("%s on %s: %w", from, to, err)
	}
	return nil
}

// scratch makes a folder of the host one that can be written to; what is written goes to memory. Folders in it stay the host's: an
// overlay may keep what the host has changed since.
func scratch(dir string) error {
	if _, err := os.Stat(sysroot + dir); err != nil {
		return nil
	}
	entries, err := os.ReadDir(hostRoot + dir)
	over := filepath.Join("/over", strings.ReplaceAll(dir, "/", "-"))
	for _, d := range []string{over + "/upper", over + "/work"} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if dir != "/root" {
		if err := os.Chmod(over+"/upper", 0o777|os.ModeSticky); err != nil {
			return err
		}
	}
	if err != nil { // not ours to read: there is nothing to show
		return bind(over+"/upper", sysroot+dir)
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s/upper,workdir=%s/work", hostRoot+dir, over, over)
	if err := unix.Mount("overlay", sysroot+dir, "overlay", 0, options); err != nil {
		return fmt.Errorf("overlay on %s: %w", dir, err)
	}
	for _, e := range entries {
		// The folders with dots are where programs keep what they want to write.
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := filepath.Join(dir, e.Name())
		_ = bind(hostRoot+name, sysroot+name) // one that is just going away
	}
	return nil
}

// own are the places that the guest has for itself.
var own = []string{"/proc", "/sys", "/dev", "/run", "/tmp", "/var/tmp", "/root"}

// show lets a folder of the host be seen where the guest's own places would hide it.
func show(dir string) error {
	if !slices.ContainsFunc(own, func(o string) bool { return strings.HasPrefix(dir, o+"/") }) {
		return nil
	}
	if _, err := os.Stat(hostRoot + dir); err != nil {
		return fmt.Errorf("the host's %s: %w", dir, err)
	}
	if err := os.MkdirAll(sysroot+dir, 0o755); err != nil {
		return err
	}
	return bind(hostRoot+dir, sysroot+dir)
}
