// Package debian installs Debian with systemd on the image of a disk, as debootstrap does: the packages are unpacked here, and dpkg installs them where it
// is root, in a virtual machine. They are taken as a mirror has them today, by apt's solver, which checks the archive's signatures, and by their digests.
package debian

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/conf"
	"rex/toolchain/digest"
	"rex/toolchain/fetch"
	"rex/toolchain/sandbox"
	"rex/toolchain/tools"
	"rex/toolchain/vm"
	"rex/toolchain/worktree"
)

var (
	//go:embed debian.toml
	config []byte
	//go:embed install.sh
	installScript string
	//go:embed rex-step
	stepScript string
	//go:embed rex-step.service
	stepUnit string
)

// Share is the tag of the folder by which host and system talk: the system runs its file `step` at each start, with the kernel's option rex.step, writes what
// that says to `log`, its exit status to `status`, and starts again.
const Share = "share"

const size = "2G" // of the disk

// Within an image's folder. A box's tree is alone in the folder above it.
const (
	disks     = "disks"
	imageFile = "debian"
)

// Builder makes images.
type Builder struct {
	Tree    string // the tools tree, which has apt's solver
	Fetcher *fetch.Fetcher
	Mirror  string
	Cache   string // folder that keeps images
	Log     string
	// Machine boots a kernel with a disk; it is asked for one with options.
	Machine func(ctx context.Context, name string, o vm.Options) (*vm.Machine, error)
}

// Image returns an image of the system, which is made if need be, and the tree with its programs for this machine. Nobody may write to either.
func (b *Builder) Image(ctx context.Context) (image, tree string, err error) {
	t := &tools.Tree{Config: &tools.Config{}, Fetcher: b.Fetcher}
	if err := conf.Decode(config, t.Config); err != nil {
		return "", "", err
	}
	lock, err := t.Resolve(ctx, b.Tree, b.Mirror, b.Log)
	if err != nil {
		return "", "", err
	}
	lock.Snapshot = "" // the same packages, the same image
	key := digest.String(string(lock.Format()) + string(config) + installScript + stepScript + stepUnit)[:16]
	dir := filepath.Join(b.Cache, "debian-"+key)
	image, tree = filepath.Join(dir, disks, imageFile), filepath.Join(dir, "tree")
	if _, err := os.Stat(dir); err == nil {
		return image, tree, nil
	}
	draft, err := os.MkdirTemp(b.Cache, "debian-new-")
	if err != nil {
		return "", "", err
	}
	defer os.RemoveAll(draft)
	if err := errors.Join(os.Chmod(draft, 0o755), os.Mkdir(filepath.Join(draft, "tree"), 0o755)); err != nil {
		return "", "", err
	}
	if err := b.unpack(ctx, t, lock, filepath.Join(draft, "tree")); err != nil {
		return "", "", err
	}
	if err := b.install(ctx, draft); err != nil {
		return "", "", err
	}
	if err := os.Rename(draft, dir); err != nil && !errors.Is(err, fs.ErrExist) { // somebody else has made it
		return "", "", err
	}
	return image, tree, nil
}

// unpack puts the packages, and what is in them, into the tree.
func (b *Builder) unpack(ctx context.Context, t *tools.Tree, lock *tools.Lock, tree string) error {
	files, err := b.Fetcher.Packages(ctx, "the packages of Debian", lock.Packages)
	if err != nil {
		return err
	}
	if err := tools.Unpack(ctx, t.Config, lock, files, tree); err != nil {
		return err
	}
	for i, file := range files {
		if err := worktree.Copy(file, filepath.Join(tree, "packages", path.Base(lock.Packages[i].Path))); err != nil {
			return err
		}
	}
	for _, name := range []string{"proc", "sys", "dev", "run", "tmp", "root", "mnt", "boot", "usr/local/sbin", "etc/systemd/system"} {
		if err := os.MkdirAll(filepath.Join(tree, name), 0o755); err != nil {
			return err
		}
	}
	for _, name := range []string{"bin", "sbin", "lib", "lib64"} {
		if _, err := os.Lstat(filepath.Join(tree, name)); err == nil {
			continue // of base-files
		}
		if err := os.Symlink("usr/"+name, filepath.Join(tree, name)); err != nil {
			return err
		}
	}
	if err := os.Symlink("dash", filepath.Join(tree, "usr/bin/sh")); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(tree, "install"), []byte(installScript), 0o755),
		os.WriteFile(filepath.Join(tree, "usr/local/sbin/rex-step"), []byte(stepScript), 0o755),
		os.WriteFile(filepath.Join(tree, "etc/systemd/system/rex-step.service"), []byte(stepUnit), 0o644),
	)
}

// install makes the disk of the tree, and has dpkg install the packages on it.
func (b *Builder) install(ctx context.Context, dir string) error {
	tree, disk := filepath.Join(dir, "tree"), filepath.Join(dir, disks, imageFile)
	if err := os.Mkdir(filepath.Dir(disk), 0o755); err != nil {
		return err
	}
	if err := b.Program(ctx, tree, filepath.Dir(disk), "mke2fs", "-q", "-t", "ext4", "-E", "root_owner=0:0", "-d", "/tree", imageFile, size); err != nil {
		return fmt.Errorf("file system of Debian: %w", err)
	}
	share := filepath.Join(dir, "share")
	if err := os.Mkdir(share, 0o777); err != nil {
		return err
	}
	machine, err := b.Machine(ctx, "debian-install", vm.Options{Memory: 1024, CPUs: 1, Disks: []string{disk}, Append: "init=/install"})
	if err != nil {
		return err
	}
	if _, err := machine.RunDisk(ctx, time.Hour, map[string]string{Share: share}); err != nil {
		return fmt.Errorf("installation of Debian: %w", err)
	}
	log, status, err := Outcome(share)
	if err != nil || status != 0 {
		return fmt.Errorf("installation of Debian: status %d, %v; its console is %s\n%s", status, err, machine.Console, log)
	}
	return os.RemoveAll(share)
}

// Program runs a program of the tree on this machine, in the folder dir, which must not be the one that holds the tree; it sees the tree in /tree.
func (b *Builder) Program(ctx context.Context, tree, dir string, name string, args ...string) error {
	box := sandbox.Box{Tree: tree, Mounts: []sandbox.Mount{{Host: dir, Inside: "/work", Writable: true}, {Host: tree, Inside: "/tree"}}}
	cmd, err := box.Command(command.Cmd{
		Path: name, Args: args, Dir: "/work", Env: []string{"PATH=/usr/sbin:/usr/bin", "LC_ALL=C"}, Log: b.Log,
	})
	if err != nil {
		return err
	}
	return cmd.Run(ctx)
}

// Outcome is what a step has said in the share, and its exit status.
func Outcome(share string) (log string, status int, err error) {
	text, err := os.ReadFile(filepath.Join(share, "log"))
	if err != nil {
		return "", -1, err
	}
	said, err := os.ReadFile(filepath.Join(share, "status"))
	if err != nil {
		return string(text), -1, err
	}
	_, err = fmt.Sscan(strings.TrimSpace(string(said)), &status)
	return string(text), status, err
}
