package store

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A workspace makes rebuilds small. Its content is a help, never an input: whoever holds its lock may delete it.

// workspaceLock comes before the name of a workspace in that of its lock.
const workspaceLock = "workspace-"

// LockWorkspace waits until nobody else works in a workspace; Unlock as of Lock. Whoever has a stage's lock may ask for it, and
// not the other way round.
func (s *Store) LockWorkspace(ctx context.Context, name string) (unlock func(), err error) {
	return s.Lock(ctx, workspaceLock+name, nil)
}

// TryLockWorkspace is LockWorkspace that does not wait: unlock is nil if somebody works there.
func (s *Store) TryLockWorkspace(name string) (unlock func(), err error) {
	l, err := s.lock(workspaceLock + name)
	if err != nil {
		return nil, err
	}
	ok, err := l.TryLock()
	if err != nil || !ok {
		return nil, err
	}
	return func() { _ = l.Unlock() }, nil
}

// Notes in a workspace.
const (
	usedFile = "used"   // its size; its time is that of the last use
	openFile = "opened" // somebody works or has worked in it and did not come to an end: the boot id of that time
)

// unflushed is how long what a program has written may be on its way to the disk: some times the kernel's dirty_expire_centisecs.
const unflushed = 2 * time.Minute

// Workspace opens a stage's workspace, made if need be; the caller holds its lock, and closes it when it has a result. After a crash of
// the machine files may lack what was written last, and no build tool would notice: then those of the last minutes are removed.
func (s *Store) Workspace(name string) (string, error) {
	dir := filepath.Join(s.root, "work", name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", inTheWay(err)
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", err
	}
	note := filepath.Join(dir, openFile)
	old, err := os.ReadFile(note)
	switch {
	case err == nil && string(old) != string(boot):
		if err := removeNewest(dir, unflushed); err != nil {
			return "", err
		}
	case err != nil && !missing(err):
		return "", err
	}
	if err := writeFile(note, string(boot)); err != nil {
		return "", err
	}
	return dir, syncFile(dir)
}

// CloseWorkspace ends the work in a workspace, after a result was committed, which flushes both; it writes down what it takes.
func (s *Store) CloseWorkspace(ctx context.Context, name string) error {
	dir := filepath.Join(s.root, "work", name)
	_, bytes, err := survey(ctx, dir, nil)
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, usedFile), strconv.FormatInt(bytes, 10)); err != nil {
		return err
	}
	return os.Remove(filepath.Join(dir, openFile))
}

// removeNewest removes the files below dir that were written within a time before the newest.
func removeNewest(dir string, within time.Duration) error {
	type file struct {
		path string
		time time.Time
	}
	var files []file
	var newest time.Time
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		files = append(files, file{path, info.ModTime()})
		if info.ModTime().After(newest) && info.ModTime().Before(time.Now().Add(time.Hour)) {
			newest = info.ModTime()
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, f := range files {
		if f.time.Before(newest.Add(-within)) || strings.HasPrefix(f.path, filepath.Join(dir, openFile)) {
			continue
		}
		if err := os.Remove(f.path); err != nil {
			return err
		}
	}
	return nil
}

func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
