package main

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rex/toolchain/digest"
)

// cachedBuilds is how many builds of the targets stay: those of today's branches.
const cachedBuilds = 4

// useCache lets mage start the targets without asking go whether they are up to date, which takes longer than all else that
// there is to do: everything that they are built from is in the name of the folder where mage looks for them.
func useCache(ctx context.Context, root string) error {
	base := os.Getenv("MAGEFILE_CACHE")
	if base == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return err
		}
		base = filepath.Join(home, ".magefile")
	}
	name, err := sources(ctx, root)
	if err != nil {
		return err
	}
	dir := filepath.Join(base, "rex-"+name[:24])
	if err := use(dir); err != nil {
		return err
	}
	if err := prune(base, dir); err != nil {
		return err
	}
	if err := os.Setenv("MAGEFILE_CACHE", dir); err != nil {
		return err
	}
	return os.Setenv("MAGEFILE_HASHFAST", "1")
}

// sources is a digest of what the targets are built from.
func sources(ctx context.Context, root string) (string, error) {
	list := []string{runtime.Version(), os.Getenv("GOFLAGS"), os.Getenv("GOEXPERIMENT"), os.Getenv("CGO_ENABLED")}
	for _, dir := range []string{"magefiles", "toolchain"} {
		sum, err := digest.Tree(ctx, filepath.Join(root, dir), func(path string) bool {
			return strings.HasSuffix(path, "_test.go") || filepath.Base(path) == "testdata"
		})
		if err != nil {
			return "", err
		}
		list = append(list, sum)
	}
	for _, name := range []string{"go.mod", "go.sum", "go.work"} {
		sum, err := digest.File(filepath.Join(root, name))
		if err != nil {
			return "", err
		}
		list = append(list, sum)
	}
	return digest.String(strings.Join(list, "\n")), nil
}

// used are the folders of builds that this process uses; open, for the sake of their locks.
var used []*os.File

// use makes the folder of a build one that stays as long as this process runs: flock(2), shared.
func use(dir string) error {
	for {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		f, err := os.Open(dir)
		if os.IsNotExist(err) {
			continue // somebody has just removed it
		}
		if err != nil {
			return err
		}
		if err := unix.Flock(int(f.Fd()), unix.LOCK_SH); err != nil {
			f.Close()
			return &os.PathError{Op: "flock", Path: dir, Err: err}
		}
		mine, err := f.Stat()
		if err != nil {
			f.Close()
			return err
		}
		if there, err := os.Stat(dir); err != nil || !os.SameFile(mine, there) {
			f.Close() // it was removed before the lock was there
			continue
		}
		used = append(used, f)
		now := time.Now()
		return os.Chtimes(dir, now, now)
	}
}

// remove removes a build, unless some process uses it.
func remove(dir string) error {
	f, err := os.Open(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	if unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil {
		return nil
	}
	return os.RemoveAll(dir)
}

// prune removes builds that were not used for longest, but not the one in dir, nor what somebody uses.
func prune(base, dir string) error {
	found, err := filepath.Glob(filepath.Join(base, "rex-*"))
	if err != nil || len(found) <= cachedBuilds {
		return err
	}
	age := func(path string) int64 {
		info, err := os.Stat(path)
		if err != nil {
			return 0
		}
		return info.ModTime().UnixNano()
	}
	slices.SortFunc(found, func(a, b string) int { return cmp.Compare(age(b), age(a)) })
	for _, old := range found[cachedBuilds:] {
		if old == dir {
			continue
		}
		if err := remove(old); err != nil {
			return err
		}
	}
	return nil
}
