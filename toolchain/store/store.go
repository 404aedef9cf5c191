// Package store keeps the results of stages by content, below one cache root:
//
//	results/<stage>/<key>/manifest.json   what the result was made from; its time is that of the last use, its lock a lease
//	results/<stage>/<key>/tree/           the result; its files are read-only
//	results/<stage>/<key>/stamp           what can be seen of it without reading it
//	drafts/                               results in the making or being removed, never read
//	work/<stage>/                         workspaces that make rebuilds small
//	logs/<stage>.log                      output of the last build
//	locks/                                flock(2) files; the kernel frees them on death
//	quarantine/                           results that had changed
//	checkouts/                            symbolic links to the checkouts whose build/ leads to results
//	downloads/                            files and repositories (package fetch)
//
// A result appears whole or not at all: it is written as a draft, flushed, and renamed. It goes the same way: renamed, and
// then removed. What is in use by any process stays.
package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/gofrs/flock"
	"golang.org/x/sys/unix"

	"rex/toolchain/digest"
)

// Input is one thing a result was made from.
type Input struct {
	Name  string `json:"name"`
	Value string `json:"value"` // a digest, or a short text such as a version
}

// Manifest says what a result is and what it was made from.
type Manifest struct {
	Stage   string        `json:"stage"`
	Key     string        `json:"key"`    // hash of Inputs: names the computation
	Output  string        `json:"output"` // digest of the tree: names what came out
	Inputs  []Input       `json:"inputs"`
	Size    int64         `json:"size"` // bytes on the disk
	Created time.Time     `json:"created"`
	Took    time.Duration `json:"took_ns"`
	Usage
}

// Usage is what the build of a result took of the machine; zero if that was not measured.
type Usage struct {
	CPU    time.Duration `json:"cpu_ns,omitempty"` // of all its processes
	Memory int64         `json:"memory,omitempty"` // bytes, at the peak
}

// Cores is how many processors it kept busy.
func (m *Manifest) Cores() float64 {
	if m.Took <= 0 {
		return 0
	}
	return float64(m.CPU) / float64(m.Took)
}

// Result is a finished, immutable result.
type Result struct {
	Manifest
	Dir string // the tree; nobody may write below it
}

// Store is a cache root.
type Store struct {
	root string

	mu     sync.Mutex
	leases map[string]*os.File // by the folder of the result
}

// Root returns the cache root for a user: $REX_CACHE, else rex/ in the XDG cache folder.
func Root() (string, error) {
	dir := os.Getenv("REX_CACHE")
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("no cache folder: %w; set REX_CACHE to a folder with room", err)
		}
		dir = filepath.Join(user, "rex")
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	if i := strings.IndexFunc(dir, unfit); i >= 0 {
		return "", fmt.Errorf("cache root %q: there is %q in it, and the kernel's build cannot work in such a folder; set REX_CACHE to another one", dir, dir[i:i+1])
	}
	return dir, nil
}

// unfit tells characters that make(1) or a shell takes for something else than a part of a file's name.
func unfit(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(":;#$%&*?|<>()[]{}'\"`\\!", r)
}

// Open makes the cache root at dir if need be.
func Open(dir string) (*Store, error) {
	s := &Store{root: dir, leases: map[string]*os.File{}}
	return s, s.folders()
}

// folders makes the folders of a cache root.
func (s *Store) folders() error {
	for _, d := range []string{"results", "drafts", "work", "logs", "locks"} {
		path := filepath.Join(s.root, d)
		err := os.MkdirAll(path, 0o755)
		if err == nil {
			err = unix.Access(path, unix.W_OK)
		}
		switch {
		case err == nil:
		case missing(err) || errors.Is(err, fs.ErrExist):
			return fmt.Errorf("cache root: %w, or set REX_CACHE to another folder", inTheWay(err))
		default:
			return fmt.Errorf("cache root: %s cannot be written (%w); set REX_CACHE to a folder of your own", path, err)
		}
	}
	return nil
}

// inTheWay says of an error that it comes from something that lies where a file or folder of the cache should be, if it does.
func inTheWay(err error) error {
	for _, sign := range []error{fs.ErrExist, unix.ENOTDIR, unix.EISDIR, unix.ENOTEMPTY, unix.ELOOP} {
		var path *fs.PathError
		if errors.Is(err, sign) && errors.As(err, &path) {
			return fmt.Errorf("%w: it is in the way; remove it", err)
		}
	}
	return err
}

// Dir returns the cache root.
func (s *Store) Dir() string { return s.root }

// Log returns the path of a stage's log.
func (s *Store) Log(stage string) string {
	return filepath.Join(s.root, "logs", stage+".log")
}

// NewLog makes way for a stage's log, which its user writes.
func (s *Store) NewLog(stage string) (string, error) {
	log := s.Log(stage)
	if err := os.MkdirAll(filepath.Dir(log), 0o755); err != nil {
		return "", inTheWay(err)
	}
	if err := os.Remove(log); !missing(err) {
		return log, inTheWay(err)
	}
	return log, nil
}

// Lock waits for the exclusive right to build a stage. Two runs of one key at
// once thus become one build and one hit. waiting, if not nil, is called once if somebody else holds it.
func (s *Store) Lock(ctx context.Context, stage string, waiting func()) (unlock func(), err error) {
	l, err := s.lock(stage)
	if err != nil {
		return nil, err
	}
	ok, err := l.TryLock()
	if err == nil && !ok {
		if waiting != nil {
			waiting()
		}
		_, err = l.TryLockContext(ctx, 100*time.Millisecond)
	}
	if err != nil {
		return nil, fmt.Errorf("lock of %s: %w", stage, err)
	}
	return func() { _ = l.Unlock() }, nil
}

// lock returns a lock, which nobody has yet.
func (s *Store) lock(name string) (*flock.Flock, error) {
	file := filepath.Join(s.root, "locks", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, inTheWay(err)
	}
	// Opening a pipe would wait for ever.
	if info, err := os.Lstat(file); err == nil && !info.Mode().IsRegular() {
		return nil, inTheWay(&fs.PathError{Op: "lock", Path: file, Err: fs.ErrExist})
	}
	return flock.New(file), nil
}

// LockAll waits until nobody builds anything; waiting as of Lock.
func (s *Store) LockAll(ctx context.Context, waiting func()) (unlock func(), err error) {
	files, err := os.ReadDir(filepath.Join(s.root, "locks"))
	if err != nil {
		return nil, err
	}
	var held []func()
	unlock = func() {
		for _, u := range held {
			u()
		}
	}
	for _, workspaces := range []bool{false, true} {
		for _, f := range files {
			if strings.HasPrefix(f.Name(), workspaceLock) != workspaces {
				continue
			}
			u, err := s.Lock(ctx, f.Name(), waiting)
			if err != nil {
				unlock()
				return nil, err
			}
			held = append(held, u)
		}
	}
	return unlock, nil
}

// Draft is a result in the making.
type Draft struct {
	Dir   string // write the tree here
	store *Store
	root  string
}

// Draft starts a result. The caller ends it with Commit or Discard.
func (s *Store) Draft(stage string) (*Draft, error) {
	root, err := s.tempDir(stage)
	if err != nil {
		return nil, err
	}
	d := &Draft{Dir: filepath.Join(root, "tree"), store: s, root: root}
	return d, os.Mkdir(d.Dir, 0o755)
}

// ErrOutput means that a tree does not have the digest that it must have.
var ErrOutput = errors.New("the tree has another digest")

// Commit turns the draft into the result of m.Stage and m.Key, and makes its files read-only; Output, Size and Created are filled in. An
// Output that is set must be the digest of the tree.
func (d *Draft) Commit(ctx context.Context, m Manifest) (*Result, error) {
	output, err := digest.Tree(ctx, d.Dir, nil)
	if err != nil {
		return nil, fmt.Errorf("result of %s: %w", m.Stage, err)
	}
	if m.Output != "" && m.Output != output {
		return nil, fmt.Errorf("result of %s: %w: %s; it must be %s", m.Stage, ErrOutput, output, m.Output)
	}
	stamp, bytes, err := seal(ctx, d.Dir)
	if err != nil {
		return nil, fmt.Errorf("result of %s: %w", m.Stage, err)
	}
	if err := os.WriteFile(filepath.Join(d.root, stampFile), []byte(stamp), 0o644); err != nil {
		return nil, err
	}
	m.Output, m.Size, m.Created = output, bytes, time.Now().UTC()
	b, err := json.MarshalIndent(m, "", "\t")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(d.root, manifestFile), b, 0o644); err != nil {
		return nil, err
	}
	if err := os.Chmod(d.root, 0o755); err != nil {
		return nil, err
	}
	// One flush of the file system instead of one per file: a source tree has 90,000.
	if err := syncfs(d.root); err != nil {
		return nil, fmt.Errorf("result of %s: flush: %w", m.Stage, err)
	}
	final := d.store.resultDir(m.Stage, m.Key)
	if err := os.MkdirAll(filepath.Dir(final), 0o755); err != nil {
		return nil, inTheWay(err)
	}
	// What is in the way is no result, for else nobody had built it again.
	if err := d.store.discard(final); err != nil {
		return nil, fmt.Errorf("result of %s: %w", m.Stage, err)
	}
	if err := os.Rename(d.root, final); err != nil {
		return nil, fmt.Errorf("result of %s: %w", m.Stage, err)
	}
	if err := syncfs(filepath.Dir(final)); err != nil {
		return nil, err
	}
	return d.store.Get(m.Stage, m.Key)
}

// Discard removes the draft. After Commit it does nothing.
func (d *Draft) Discard() { _ = os.RemoveAll(d.root) }

func (s *Store) resultDir(stage, key string) string {
	return filepath.Join(s.root, "results", stage, key[:min(len(key), 24)])
}

func syncfs(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Syncfs(int(f.Fd()))
}

// Free returns the bytes that an ordinary user can still write below the cache root.
func (s *Store) Free() (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(s.root, &st); err != nil {
		return 0, fmt.Errorf("%s: %w", s.root, err)
	}
	return int64(st.Bavail) * st.Bsize, nil
}
