// Package worktree keeps a working copy of a source tree at a path that does not change,
// so that make and x.py, which compare paths and times, rebuild only what differs.
package worktree

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Sync makes the tree at dst equal to the one at src. What is equal by content stays as it
// is, with its old time; what differs is written anew with the present time; what src
// lacks is removed. Nothing is a hard link, so that no tool can change src by way of dst.
func Sync(ctx context.Context, src, dst string) error {
	if _, err := os.Lstat(dst); errors.Is(err, fs.ErrNotExist) {
		// An interrupted first copy must not pass for a complete one with new times.
		part := dst + ".part"
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		if err := CopyTree(ctx, src, part); err != nil {
			return err
		}
		return os.Rename(part, dst)
	}
	if err := sync(ctx, src, dst, false, nil); err != nil {
		return err
	}
	return prune(ctx, src, dst, nil)
}

// Collect makes the tree at dst hold, of the files and folders sources below src, what skip does not say yes to, and nothing
// else; skip gets paths below a source. As with Sync, what is equal stays as it is. One source must not lie within another.
func Collect(ctx context.Context, src, dst string, sources []string, skip func(source, path string) bool) error {
	paths := map[string]string{}
	for _, source := range sources {
		paths[source] = filepath.Join(src, source)
	}
	return Gather(ctx, paths, dst, skip)
}

// Gather is Collect of files and folders that are anywhere: paths has them by their places below dst.
func Gather(ctx context.Context, paths map[string]string, dst string, skip func(source, path string) bool) error {
	sources := slices.Sorted(maps.Keys(paths))
	for _, source := range sources {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dst, source)), 0o755); err != nil {
			return err
		}
		from, to := paths[source], filepath.Join(dst, source)
		skip := func(path string) bool { return skip(source, path) }
		if err := sync(ctx, from, to, false, skip); err != nil {
			return err
		}
		if info, err := os.Lstat(from); err != nil || !info.IsDir() {
			if err != nil {
				return err
			}
			continue
		}
		if err := prune(ctx, from, to, skip); err != nil {
			return err
		}
	}
	if slices.Contains(sources, ".") {
		return nil
	}
	// What lies beside the sources goes.
	return filepath.WalkDir(dst, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dst, path)
		if err != nil {
			return err
		}
		switch {
		case rel == ".":
		case slices.Contains(sources, rel):
			if d.IsDir() {
				return fs.SkipDir
			}
		case slices.ContainsFunc(sources, func(s string) bool { return strings.HasPrefix(s, rel+"/") }):
		default:
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			if d.IsDir() {
				return fs.SkipDir
			}
		}
		return nil
	})
}

// CopyTree makes a new tree at dst from the files of src.
func CopyTree(ctx context.Context, src, dst string) error { return sync(ctx, src, dst, true, nil) }

func sync(ctx context.Context, src, dst string, fresh bool, skip func(string) bool) error {
	return filepath.WalkDir(src, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rel, err := filepath.Rel(src, path)
		if err != nil {
			return err
		}
		to := filepath.Join(dst, rel)
		switch {
		case skip != nil && rel != "." && skip(rel):
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			if !fresh {
				if info, err := os.Lstat(to); err == nil && !info.IsDir() {
					if err := os.Remove(to); err != nil {
						return err
					}
				}
			}
			return os.MkdirAll(to, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			return symlink(path, to)
		case d.Type().IsRegular():
			if fresh {
				return Copy(path, to)
			}
			return Update(path, to)
		}
		return fmt.Errorf("%s: neither file, folder nor symbolic link", path)
	})
}

func symlink(from, to string) error {
	target, err := os.Readlink(from)
	if err != nil {
		return err
	}
	if old, err := os.Readlink(to); err == nil && old == target {
		return nil
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.Symlink(target, to)
}

// Update makes the file at to a copy of from. If it is equal already it stays as it is, with its old time.
func Update(from, to string) error {
	a, err := os.Lstat(from)
	if err != nil {
		return err
	}
	b, err := os.Lstat(to)
	if err == nil && b.Mode().IsRegular() && a.Size() == b.Size() && b.Mode() == writable(a.Mode()) {
		same, err := sameContent(from, to)
		if err != nil || same {
			return err
		}
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return Copy(from, to)
}

// writable is what a copy's mode is: what is read-only for good at its place is there to be worked with in a copy.
func writable(mode fs.FileMode) fs.FileMode { return mode | 0o200 }

// Copy writes a copy of a file, with its permissions but writable, and the present time. Where the file system can, the two share
// their blocks (copy_file_range(2)).
func Copy(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, writable(info.Mode().Perm()))
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("copy %s: %w", from, err)
	}
	return out.Close()
}

func sameContent(a, b string) (bool, error) {
	fa, err := os.Open(a)
	if err != nil {
		return false, err
	}
	defer fa.Close()
	fb, err := os.Open(b)
	if err != nil {
		return false, err
	}
	defer fb.Close()
	ba, bb := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		na, erra := io.ReadFull(fa, ba)
		nb, errb := io.ReadFull(fb, bb)
		if !bytes.Equal(ba[:na], bb[:nb]) {
			return false, nil
		}
		end := func(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }
		switch {
		case end(erra) && end(errb):
			return true, nil
		case erra != nil && !end(erra):
			return false, erra
		case errb != nil && !end(errb):
			return false, errb
		}
	}
}

// prune removes from dst what src lacks, and what is to be skipped.
func prune(ctx context.Context, src, dst string, skip func(string) bool) error {
	return filepath.WalkDir(dst, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rel, err := filepath.Rel(dst, path)
		if err != nil {
			return err
		}
		if skip == nil || rel == "." || !skip(rel) {
			if _, err := os.Lstat(filepath.Join(src, rel)); !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		if err := os.RemoveAll(path); err != nil {
			return err
		}
		if d.IsDir() {
			return fs.SkipDir
		}
		return nil
	})
}
