package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// ErrAbsent means that the store has no result of that key.
var ErrAbsent = errors.New("no such result")

const manifestFile = "manifest.json"

// Get returns the result of a key, or ErrAbsent. It stays until this process ends or closes the store, whatever others remove
// meanwhile, and counts as used now. What is there and no whole result is absent: it is built again.
func (s *Store) Get(stage, key string) (*Result, error) {
	dir := s.resultDir(stage, key)
	if err := s.lease(dir); err != nil {
		if errors.Is(err, ErrAbsent) {
			err = fmt.Errorf("%s %.12s: %w", stage, key, err)
		}
		return nil, err
	}
	r, err := read(stage, dir)
	if err == nil && r.Key != key {
		err = fmt.Errorf("%s: holds key %.12s: %w", dir, r.Key, ErrAbsent)
	}
	if err != nil {
		s.release(dir)
		return nil, err
	}
	// Others' results can't be marked by who may only read them.
	now := time.Now()
	_ = os.Chtimes(filepath.Join(dir, manifestFile), now, now)
	return r, nil
}

// read reads the result in a folder.
func read(stage, dir string) (*Result, error) {
	file := filepath.Join(dir, manifestFile)
	b, err := os.ReadFile(file)
	if missing(err) {
		return nil, fmt.Errorf("%s: %w", dir, ErrAbsent)
	}
	if err != nil {
		return nil, fmt.Errorf("result of %s: %w", stage, err)
	}
	r := &Result{Dir: filepath.Join(dir, "tree")}
	if err := json.Unmarshal(b, &r.Manifest); err != nil {
		return nil, fmt.Errorf("%s: %w: %w", file, err, ErrAbsent)
	}
	if r.Stage != stage || r.Key == "" || r.Output == "" {
		return nil, fmt.Errorf("%s: no manifest of %s: %w", file, stage, ErrAbsent)
	}
	info, err := os.Stat(r.Dir)
	switch {
	case missing(err) || err == nil && !info.IsDir():
		return nil, fmt.Errorf("%s: no folder: %w", r.Dir, ErrAbsent)
	case err != nil: // it may be there
		return nil, fmt.Errorf("result of %s: %w", stage, err)
	}
	return r, nil
}

// missing tells whether an error means that there is no such file, or a file where its folder would be.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) }

// lease keeps the result in dir from being removed, by a shared flock(2) on its manifest.
func (s *Store) lease(dir string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	file := filepath.Join(dir, manifestFile)
	if held := s.leases[dir]; held != nil {
		if same(held, file) {
			return nil
		}
		held.Close()
		delete(s.leases, dir)
	}
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return ErrAbsent // and opening a pipe would wait for ever
	}
	f, err := os.Open(file)
	if missing(err) {
		return ErrAbsent
	}
	if err != nil {
		return err
	}
	if err := lockFile(f, unix.LOCK_SH); err != nil {
		f.Close()
		return fmt.Errorf("%s: lease: %w", file, err)
	}
	// Somebody may have removed it before the lock was there.
	if !same(f, file) {
		f.Close()
		return ErrAbsent
	}
	s.leases[dir] = f
	return nil
}

func (s *Store) release(dir string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.leases[dir]; f != nil {
		f.Close()
		delete(s.leases, dir)
	}
}

// Close ends the leases on all results that were got.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var failures []error
	for dir, f := range s.leases {
		failures = append(failures, f.Close())
		delete(s.leases, dir)
	}
	return errors.Join(failures...)
}

// same tells whether an open file is still the one of that name.
func same(f *os.File, name string) bool {
	a, errA := f.Stat()
	b, errB := os.Stat(name)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

func lockFile(f *os.File, how int) error {
	for {
		if err := unix.Flock(int(f.Fd()), how); !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// Results returns a stage's results, the last used first.
func (s *Store) Results(stage string) ([]*Result, error) {
	dirs, err := os.ReadDir(filepath.Join(s.root, "results", stage))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, inTheWay(err)
	}
	used := map[*Result]time.Time{}
	var results []*Result
	for _, d := range dirs {
		dir := filepath.Join(s.root, "results", stage, d.Name())
		r, err := read(stage, dir)
		if errors.Is(err, ErrAbsent) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if used[r], err = usedAt(filepath.Join(dir, manifestFile)); err != nil {
			continue // removed just now
		}
		results = append(results, r)
	}
	slices.SortStableFunc(results, func(a, b *Result) int { return used[b].Compare(used[a]) })
	return results, nil
}

// keyForm is what the folder of a result is called.
var keyForm = regexp.MustCompile(`^[0-9a-f]{24}$`)

// Sweep removes what killed runs have left of a stage: drafts, and what is no whole result. The caller holds the stage's lock.
func (s *Store) Sweep(stage string) error {
	drafts, err := filepath.Glob(filepath.Join(s.root, "drafts", stage+"-*"))
	if err != nil {
		return err
	}
	for _, d := range drafts {
		// "kernel-123" is a draft of kernel, "kernel-x-123" is not.
		if !strings.Contains(strings.TrimPrefix(filepath.Base(d), stage+"-"), "-") {
			if err := os.RemoveAll(d); err != nil {
				return err
			}
		}
	}
	dirs, err := os.ReadDir(filepath.Join(s.root, "results", stage))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return inTheWay(err)
	}
	for _, d := range dirs {
		dir := filepath.Join(s.root, "results", stage, d.Name())
		if !keyForm.MatchString(d.Name()) {
			continue // nobody knows whose it is
		}
		if _, err := read(stage, dir); errors.Is(err, ErrAbsent) {
			if err := s.discard(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// Remove deletes a result, unless a process has it in use.
func (s *Store) Remove(r *Result) (removed bool, err error) {
	dir := filepath.Dir(r.Dir)
	f, err := os.Open(filepath.Join(dir, manifestFile))
	if missing(err) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if err := lockFile(f, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, unix.EWOULDBLOCK) {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("%s: lease: %w", dir, err)
	}
	return true, s.discard(dir)
}

// discard takes what is at dir away at once, and then deletes it.
func (s *Store) discard(dir string) error {
	if _, err := os.Lstat(dir); missing(err) {
		return nil
	}
	return s.discardAs(dir, filepath.Base(filepath.Dir(dir)))
}

// discardAs is discard for what belongs to a stage.
func (s *Store) discardAs(dir, stage string) error {
	grave, err := s.tempDir(stage)
	if err != nil {
		return err
	}
	if err := os.Rename(dir, filepath.Join(grave, "removed")); err != nil {
		return errors.Join(err, os.Remove(grave))
	}
	return os.RemoveAll(grave)
}

// tempDir makes a folder for a stage among the drafts.
func (s *Store) tempDir(stage string) (string, error) {
	drafts := filepath.Join(s.root, "drafts")
	if err := os.MkdirAll(drafts, 0o755); err != nil {
		return "", inTheWay(err)
	}
	return os.MkdirTemp(drafts, stage+"-")
}
