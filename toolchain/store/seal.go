package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"rex/toolchain/digest"
)

// stampFile holds a result's stamp: what can be seen of its tree without reading it.
const stampFile = "stamp"

// ErrDamaged means that a result is not what it was when it was built.
var ErrDamaged = errors.New("the result has changed since it was built")

// seal makes the files of a tree read-only, so that nobody changes them by accident, and returns its stamp and the bytes that it takes
// of the disk. Folders stay as they are: a user removes a cache as any other folder.
func seal(ctx context.Context, dir string) (stamp string, bytes int64, err error) {
	return survey(ctx, dir, func(path string, mode fs.FileMode) error {
		if !mode.IsRegular() || mode.Perm()&0o222 == 0 {
			return nil
		}
		return os.Chmod(path, mode.Perm()&^0o222)
	})
}

// survey walks over a tree. The stamp changes with the name, kind, size or time of anything in it.
func survey(ctx context.Context, dir string, visit func(path string, mode fs.FileMode) error) (stamp string, bytes int64, err error) {
	h := sha256.New()
	type inode struct{ device, number uint64 }
	seen := map[inode]bool{} // of those with several names
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		size, changed := info.Size(), info.ModTime().UnixNano()
		if d.IsDir() {
			size, changed = 0, 0 // what is in it counts
		}
		fmt.Fprintf(h, "%q %s %v %d %d\n", path[len(dir):], info.Mode().Type(), info.Mode()&0o111 != 0, size, changed)
		if st, ok := info.Sys().(*syscall.Stat_t); ok {
			if id := (inode{st.Dev, st.Ino}); st.Nlink == 1 || d.IsDir() || !seen[id] {
				bytes += st.Blocks * 512
				if st.Nlink > 1 && !d.IsDir() {
					seen[id] = true
				}
			}
		}
		if visit == nil {
			return nil
		}
		return visit(path, info.Mode())
	})
	return hex.EncodeToString(h.Sum(nil)), bytes, err
}

// Check tells whether a result is what it was, or ErrDamaged. Only names, sizes and times are compared, unless they have changed:
// then its content is. Verify is thorough.
func (s *Store) Check(ctx context.Context, r *Result) error {
	stamp, _, err := survey(ctx, r.Dir, nil)
	if err != nil {
		return s.damaged(ctx, r, err)
	}
	file := filepath.Join(filepath.Dir(r.Dir), stampFile)
	if old, err := os.ReadFile(file); err == nil && string(old) == stamp {
		return nil
	}
	if err := s.Verify(ctx, r); err != nil {
		return err
	}
	// It was moved, or restored from a backup. Who may not write it down compares again next time.
	_ = writeFile(file, stamp)
	return nil
}

// Verify reads a result and tells whether it is what it was, or ErrDamaged.
func (s *Store) Verify(ctx context.Context, r *Result) error {
	got, err := digest.Tree(ctx, r.Dir, nil)
	if err != nil {
		return s.damaged(ctx, r, err)
	}
	if got != r.Output {
		return fmt.Errorf("%s: %w: its digest is %s and was %s", r.Dir, ErrDamaged, got, r.Output)
	}
	return nil
}

// damaged tells a tree that can't be read as it should from a run that was ended.
func (s *Store) damaged(ctx context.Context, r *Result, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.EBADMSG) {
		return fmt.Errorf("%s: %w: %w", r.Dir, ErrDamaged, err)
	}
	return err
}

// Quarantine takes a damaged result out of the way, so that it is built again, and returns where it lies now.
func (s *Store) Quarantine(r *Result) (string, error) {
	dir := filepath.Dir(r.Dir)
	s.release(dir)
	to := filepath.Join(s.root, "quarantine", fmt.Sprintf("%s-%s-%d", r.Stage, filepath.Base(dir), time.Now().UnixNano()))
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", err
	}
	if err := os.Rename(dir, to); err != nil && !missing(err) { // another process may have been faster
		return "", err
	}
	return to, nil
}

// writeFile writes a small file, which appears whole or not at all.
func writeFile(name, text string) error {
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-")
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err := errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), name)
}
