package tools

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/digest"
)

// inGuest are the programs of the tree that people look around with in a guest, whose root is the host's.
var inGuest = []string{"ip", "ss", "strace", "tc", "tcpdump"}

// GuestPlace is where a guest sees the tree's usr.
const GuestPlace = "/run/tools"

// InGuest makes a folder below cache for the PATH of a guest that has the host's files where the host has them, and the tree's usr at
// GuestPlace: scripts that start the programs in own, and those of the tree in dir that people look around with, with the tree's
// libraries. chroot(2) would hide from a tracer what it traces.
func (t *Tree) InGuest(dir, own, cache string) (string, error) {
	seen := func(path string) string { return filepath.Join(GuestPlace, strings.TrimPrefix(path, "/usr")) }
	programs, err := filepath.Glob(filepath.Join(own, "*"))
	if err != nil {
		return "", err
	}
	for _, name := range inGuest {
		i := slices.IndexFunc(t.Config.Path, func(d string) bool {
			_, err := os.Stat(filepath.Join(dir, d, name))
			return err == nil
		})
		if i < 0 {
			return "", fmt.Errorf("the tools tree has no %s; add its package to configs/tools.toml", name)
		}
		programs = append(programs, seen(filepath.Join(t.Config.Path[i], name)))
	}
	folder := filepath.Join(cache, "guest-"+digest.String(strings.Join(programs, " "))[:16])
	if _, err := os.Stat(folder); err == nil {
		return folder, nil
	}
	draft, err := os.MkdirTemp(cache, "guest-draft-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(draft)
	for _, program := range programs {
		script := fmt.Sprintf("#!/bin/sh\nexec %s --argv0 \"$0\" --library-path %s:%s %s \"$@\"\n",
			seen("/usr/lib64/ld-linux-x86-64.so.2"), seen("/usr/lib/x86_64-linux-gnu"), seen(t.Config.Libclang), program)
		if err := os.WriteFile(filepath.Join(draft, filepath.Base(program)), []byte(script), 0o755); err != nil {
			return "", err
		}
	}
	if err := os.Chmod(draft, 0o755); err != nil {
		return "", err
	}
	if err := os.Rename(draft, folder); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", err
	}
	return folder, nil
}
