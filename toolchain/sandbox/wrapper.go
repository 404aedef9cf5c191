package sandbox

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Wrapper is what the program in folder wrapper is told, by a file beside it.
type Wrapper struct {
	Tree string
	Env  []string // NAME=value: replaces what the caller's environment says; NAME alone removes it
}

// WrapperConfig is the name of that file.
const WrapperConfig = "wrapper.json"

// Environment is the caller's, as the wrapped program gets it.
func (w *Wrapper) Environment(caller []string) []string {
	env := slices.Clone(caller)
	for _, change := range w.Env {
		name, _, set := strings.Cut(change, "=")
		env = slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, name+"=") })
		if set {
			env = append(env, change)
		}
	}
	return env
}

// Install makes dir a folder of programs of the tree by their names: links to program, which is the one in folder wrapper. What
// is there is kept.
func (w *Wrapper) Install(program, dir string, names []string) error {
	text, err := json.Marshal(w)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	const real = "wrapper"
	if err := os.Link(program, filepath.Join(dir, real)); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	for _, name := range names {
		if err := os.Symlink(real, filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	file := filepath.Join(dir, WrapperConfig)
	if err := os.WriteFile(file+".new", text, 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// HostMounts are the folders of the root of a host as they are, but for those that a tree has of its own.
func HostMounts(root string) ([]Mount, error) {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil, err
	}
	var mounts []Mount
	for _, e := range entries {
		switch e.Name() {
		case "usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc", "var", "proc", "sys", "dev", "run", "boot":
			continue
		}
		if info, err := os.Stat(filepath.Join(root, e.Name())); err == nil && info.IsDir() {
			mounts = append(mounts, Mount{Host: filepath.Join(root, e.Name()), Inside: "/" + e.Name(), Writable: true})
		}
	}
	return mounts, nil
}
