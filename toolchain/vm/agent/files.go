package main

import (
	"errors"
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
	if err := readAhead(); err != nil {
		return err
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
	for _, dir := range []string{"/tmp", "/var/tmp"} {
		if err := scratch(dir); err != nil {
			return err
		}
	}
	if err := home("/root"); err != nil {
		return err
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

// programs puts programs and libraries of the host into the job's root: what is not there yet leads to them.
func programs(tag string) error {
	if err := os.MkdirAll(hostRoot, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(tag, hostRoot, "9p", unix.MS_RDONLY, share); err != nil {
		return fmt.Errorf("the guest's packages: %w", err)
	}
	if err := readAhead(); err != nil {
		return err
	}
	// Whatever the packages have of users, root is there; who knows names is for the network to say.
	err := os.MkdirAll("/etc", 0o755)
	for file, text := range map[string]string{"/etc/passwd": "root:x:0:0:root:/:/bin/sh\n", "/etc/group": "root:x:0:\n", "/etc/resolv.conf": ""} {
		err = errors.Join(err, os.WriteFile(file, []byte(text), 0o644))
	}
	return errors.Join(err, lead(hostRoot, "/"), lead(filepath.Join(hostRoot, "etc"), "/etc"))
}

// lead makes links in a folder to what another one has, as far as it has none of that.
func lead(from, to string) error {
	entries, err := os.ReadDir(from)
	for _, e := range entries {
		if failed := os.Symlink(filepath.Join(from, e.Name()), filepath.Join(to, e.Name())); !errors.Is(failed, os.ErrExist) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// withoutPrograms undoes what programs does.
func withoutPrograms() error {
	links, err := filepath.Glob("/*")
	for _, link := range links {
		if to, failed := os.Readlink(link); failed == nil && filepath.Dir(to) == hostRoot {
			err = errors.Join(err, os.Remove(link))
		}
	}
	return errors.Join(err, os.RemoveAll("/etc"), unix.Unmount(hostRoot, unix.MNT_DETACH))
}

// resultsRoot is where what was built on the host is.
const resultsRoot = "/results"

func mountResults() error {
	if err := os.MkdirAll(resultsRoot, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(guest.ResultsTag, resultsRoot, "9p", unix.MS_RDONLY, share); err != nil {
		return fmt.Errorf("what was built: %w", err)
	}
	return readAhead()
}

// showResult shows folders of what was built as one: the first as it is, and files of the others in place of its own. What is written there
// stays in memory.
func showResult(from []string, dir string) error {
	const upper, work = "/run/result/upper", "/run/result/work"
	for _, d := range []string{upper, work, dir} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", filepath.Join(resultsRoot, from[0]), upper, work)
	if err := unix.Mount("overlay", dir, "overlay", 0, options); err != nil {
		return fmt.Errorf("%s: %w", from[0], err)
	}
	for _, folder := range from[1:] {
		if err := putOver(filepath.Join(resultsRoot, folder), dir); err != nil {
			return err
		}
	}
	return nil
}

// putOver copies the files below a folder to another one, whatever is there.
func putOver(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		rel, failed := filepath.Rel(from, path)
		if err = errors.Join(err, failed); err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := os.Remove(target); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return os.WriteFile(target, text, 0o755)
	})
}

// readAhead lets programs that are mapped come in larger pieces than a page, which is what there is without a cache. It keeps nothing
// for longer than somebody has the file.
func readAhead() error {
	devices, err := filepath.Glob("/sys/class/bdi/9p-*/read_ahead_kb")
	for _, d := range devices {
		err = errors.Join(err, os.WriteFile(d, []byte("512"), 0o644))
	}
	return err
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
	upper, work := filepath.Join("/over", dir, "upper"), filepath.Join("/over", dir, "work")
	for _, d := range []string{upper, work} {
		if err := os.MkdirAll(d, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(upper, 0o777|os.ModeSticky); err != nil {
		return err
	}
	options := fmt.Sprintf("lowerdir=%s,upperdir=%s,workdir=%s", hostRoot+dir, upper, work)
	if err := unix.Mount("overlay", sysroot+dir, "overlay", 0, options); err != nil {
		return fmt.Errorf("overlay on %s: %w", dir, err)
	}
	entries, _ := os.ReadDir(hostRoot + dir)
	for _, e := range entries {
		if name := filepath.Join(dir, e.Name()); e.IsDir() {
			_ = bind(hostRoot+name, sysroot+name) // or it is just going away
		}
	}
	return nil
}

// home makes a folder of the host a home of the guest's own: what the host's root has for its own shells and programs, in files with
// a dot, is not for the guest; the rest is there.
func home(dir string) error {
	if _, err := os.Stat(sysroot + dir); err != nil {
		return nil
	}
	own := filepath.Join("/over", dir)
	if err := os.MkdirAll(own, 0o700); err != nil {
		return err
	}
	if err := bind(own, sysroot+dir); err != nil {
		return err
	}
	entries, _ := os.ReadDir(hostRoot + dir) // nothing, if it is not ours to read
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue
		}
		from, to := filepath.Join(hostRoot, dir, e.Name()), filepath.Join(sysroot, dir, e.Name())
		switch {
		case e.IsDir():
			if err := os.Mkdir(to, 0o755); err != nil {
				return err
			}
		case e.Type().IsRegular():
			if err := os.WriteFile(to, nil, 0o644); err != nil {
				return err
			}
		default:
			if target, err := os.Readlink(from); err == nil {
				_ = os.Symlink(target, to)
			}
			continue
		}
		_ = bind(from, to) // or it is just going away
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
