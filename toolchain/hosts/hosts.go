// Package hosts makes file trees that stand for the machines of users, from Debian packages, to try there what a user would. The
// packages are taken as a mirror has them today: machines of users are not pinned.
package hosts

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/conf"
	"rex/toolchain/fetch"
	"rex/toolchain/tools"
)

//go:embed *.toml
var configs embed.FS

// Host is a kind of machine.
type Host struct {
	Name      string       `toml:"-"`
	Tree      tools.Config `toml:"tree"`
	OSRelease string       `toml:"os_release"` // etc/os-release, if the packages bring none
	Apt       bool         `toml:"apt"`        // apt knows a mirror
	Busybox   bool         `toml:"busybox"`    // its applets are the machine's programs
	Cold      bool         `toml:"cold"`       // it is tried from an empty cache, too
}

// All are the kinds that there are.
func All() ([]*Host, error) {
	files, err := configs.ReadDir(".")
	if err != nil {
		return nil, err
	}
	var all []*Host
	for _, f := range files {
		text, err := configs.ReadFile(f.Name())
		if err != nil {
			return nil, err
		}
		h := &Host{Name: strings.TrimSuffix(f.Name(), ".toml")}
		if err := conf.Decode(text, h); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		all = append(all, h)
	}
	return all, nil
}

// Make makes the host's tree in dir, an empty folder. apt's solver runs in the tools tree that is in from.
func (h *Host) Make(ctx context.Context, from string, fetcher *fetch.Fetcher, mirror, log, dir string) error {
	t := &tools.Tree{Config: &h.Tree, Fetcher: fetcher}
	lock, err := t.Resolve(ctx, from, mirror, log)
	if err != nil {
		return err
	}
	files, err := fetcher.Packages(ctx, "the packages of "+h.Name, lock.Packages)
	if err != nil {
		return err
	}
	if err := tools.Unpack(ctx, t.Config, lock, files, dir); err != nil {
		return err
	}
	for _, top := range []string{"bin", "sbin", "lib", "lib64"} {
		if err := merge(filepath.Join(dir, top), filepath.Join(dir, "usr", top)); err != nil {
			return fmt.Errorf("merge of /%s: %w", top, err)
		}
	}
	if err := os.MkdirAll(filepath.Join(dir, "usr/local/go"), 0o755); err != nil {
		return err
	}
	etc := map[string]string{}
	if h.OSRelease != "" {
		etc["os-release"] = h.OSRelease
	}
	if h.Apt {
		etc["apt/sources.list"] = "deb " + mirror + " " + h.Tree.Suites[0].Name + " main\n"
	}
	for name, text := range etc {
		if err := os.WriteFile(filepath.Join(dir, "etc", name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	if h.Busybox {
		return applets(ctx, filepath.Join(dir, "usr/bin"))
	}
	return nil
}

// merge moves what is in a folder into that of /usr, as Debian's usrmerge does with packages from before.
func merge(from, to string) error {
	info, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) || err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return nil
	}
	if err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, e := range entries {
		source, target := filepath.Join(from, e.Name()), filepath.Join(to, e.Name())
		there, err := os.Lstat(target)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = os.Rename(source, target)
		case err == nil && e.IsDir() && there.IsDir():
			err = merge(source, target)
		case err == nil && there.Mode()&fs.ModeSymlink != 0:
			// A link to what is to be in its place.
			err = os.Rename(source, target)
		case err == nil:
			err = os.Remove(source) // a link to what is there, the other way round
		}
		if err != nil {
			return err
		}
	}
	return os.Remove(from)
}

// applets makes links to busybox by the names of all that it can do.
func applets(ctx context.Context, bin string) error {
	list, err := (&command.Cmd{Path: filepath.Join(bin, "busybox"), Args: []string{"--list"}, Clean: true}).Output(ctx)
	if err != nil {
		return err
	}
	for _, name := range strings.Fields(list) {
		if err := os.Symlink("busybox", filepath.Join(bin, name)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	return nil
}
