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
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

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

// survey walks over a tree, several folders at a time: some have 100,000 files. The stamp changes with the name, kind, size or time of
// anything in it. visit, if not nil, gets everything, from several goroutines.
func survey(ctx context.Context, dir string, visit func(path string, mode fs.FileMode) error) (stamp string, bytes int64, err error) {
	v := &surveyor{ctx: ctx, visit: visit, seen: map[inode]bool{}}
	v.others.SetLimit(runtime.NumCPU())
	info, err := os.Lstat(dir)
	if err != nil {
		return "", 0, err
	}
	if !info.IsDir() {
		stamp, err = v.entry(dir, info)
		return stamp, v.bytes.Load(), err
	}
	stamp, err = v.folder(dir)
	return stamp, v.bytes.Load(), err
}

type inode struct{ device, number uint64 }

type surveyor struct {
	ctx    context.Context
	visit  func(path string, mode fs.FileMode) error
	others errgroup.Group // that walk as well; it only bounds them
	bytes  atomic.Int64

	mu   sync.Mutex
	seen map[inode]bool // files with several names
}

// folder surveys what is in a folder.
func (v *surveyor) folder(dir string) (string, error) {
	if v.ctx.Err() != nil {
		return "", context.Cause(v.ctx)
	}
	list, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	stamps := make([]string, len(list))
	errs := make([]error, len(list))
	var wg sync.WaitGroup
	for i, d := range list {
		path := filepath.Join(dir, d.Name())
		info, err := d.Info()
		if err != nil {
			errs[i] = err
			break
		}
		if stamps[i], errs[i] = v.entry(path, info); errs[i] != nil {
			break
		}
		if !info.IsDir() {
			continue
		}
		walk := func() error {
			defer wg.Done()
			var inner string
			inner, errs[i] = v.folder(path)
			stamps[i] += inner
			return nil
		}
		wg.Add(1)
		if !v.others.TryGo(walk) {
			_ = walk()
		}
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return "", err
	}
	h := sha256.New()
	for i, stamp := range stamps {
		fmt.Fprintf(h, "%q %s\n", list[i].Name(), stamp)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// entry is what one thing adds to the stamp.
func (v *surveyor) entry(path string, info fs.FileInfo) (string, error) {
	size, changed := info.Size(), info.ModTime().UnixNano()
	if info.IsDir() {
		size, changed = 0, 0 // what is in it counts
	}
	if st, ok := info.Sys().(*syscall.Stat_t); ok && v.first(st, info.IsDir()) {
		v.bytes.Add(st.Blocks * 512)
	}
	if v.visit != nil {
		if err := v.visit(path, info.Mode()); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("%s %v %d %d", info.Mode().Type(), info.Mode()&0o111 != 0, size, changed), nil
}

// first tells whether a file was not seen under another name.
func (v *surveyor) first(st *syscall.Stat_t, dir bool) bool {
	if st.Nlink == 1 || dir {
		return true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	id := inode{st.Dev, st.Ino}
	defer func() { v.seen[id] = true }()
	return !v.seen[id]
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
