package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"rex/toolchain/digest"
)

// Kind is what an entry of the cache is.
type Kind string

const (
	AResult    Kind = "result"
	AWorkspace Kind = "workspace"
	ADownload  Kind = "download"
)

// Entry is something in the cache that takes room, and can be made again.
type Entry struct {
	Kind  Kind
	Name  string // of a stage; of a download its file's
	Path  string
	Bytes int64 // on the disk
	Used  time.Time
	// Links are the checkouts whose build/ leads to it: it stays.
	Links  []string
	Result *Result // if it is one
}

// defaultShare is which part of the disk the cache may take if nothing else is said: a quarter.
const defaultShare = 4

// Budget reads how many bytes the cache may take: "40G" (K, M, G, T: powers of 1024), "20%" of the disk that it is on, or "" for a
// quarter of that disk.
func (s *Store) Budget(text string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(s.root, &st); err != nil {
		return 0, fmt.Errorf("%s: %w", s.root, err)
	}
	disk := int64(st.Blocks) * st.Bsize
	if text == "" {
		return disk / defaultShare, nil
	}
	wrong := fmt.Errorf("REX_CACHE_SIZE is %q; it takes a number of bytes (40G), or a share of the disk (20%%)", text)
	if share, ok := strings.CutSuffix(text, "%"); ok {
		n, err := strconv.ParseFloat(share, 64)
		if err != nil || !(n > 0 && n <= 100) {
			return 0, wrong
		}
		return int64(float64(disk) * n / 100), nil
	}
	unit := int64(1)
	if i := strings.IndexAny("KMGT", text[len(text)-1:]); i >= 0 {
		text, unit = text[:len(text)-1], 1<<(10*(i+1))
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || !(n > 0 && n*float64(unit) <= 1<<60) {
		return 0, wrong
	}
	return int64(n * float64(unit)), nil
}

// Entries lists what is in the cache, the last used first.
func (s *Store) Entries(ctx context.Context) ([]Entry, error) {
	links, err := s.links()
	if err != nil {
		return nil, err
	}
	var all []Entry
	stages, err := names(filepath.Join(s.root, "results"))
	if err != nil {
		return nil, err
	}
	for _, stage := range stages {
		results, err := s.Results(stage)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			e := Entry{Kind: AResult, Name: stage, Path: filepath.Dir(r.Dir), Bytes: r.Size, Links: links[r.Dir], Result: r}
			if e.Bytes == 0 { // of a time when that was not written down
				if _, e.Bytes, err = survey(ctx, r.Dir, nil); err != nil {
					return nil, err
				}
			}
			if e.Used, err = usedAt(filepath.Join(e.Path, manifestFile)); err == nil {
				all = append(all, e)
			}
		}
	}
	workspaces, err := names(filepath.Join(s.root, "work"))
	if err != nil {
		return nil, err
	}
	for _, name := range workspaces {
		e := Entry{Kind: AWorkspace, Name: name, Path: filepath.Join(s.root, "work", name)}
		note := filepath.Join(e.Path, usedFile)
		text, err := os.ReadFile(note)
		if e.Bytes, _ = strconv.ParseInt(string(text), 10, 64); err != nil || e.Bytes == 0 {
			note = e.Path
			if _, e.Bytes, err = survey(ctx, e.Path, nil); err != nil && !missing(err) {
				return nil, err
			}
		}
		if e.Used, err = usedAt(note); err == nil {
			all = append(all, e)
		}
	}
	downloads, err := names(filepath.Join(s.root, "downloads"))
	if err != nil {
		return nil, err
	}
	for _, name := range downloads {
		e := Entry{Kind: ADownload, Name: name, Path: filepath.Join(s.root, "downloads", name)}
		if _, e.Bytes, err = survey(ctx, e.Path, nil); err != nil && !missing(err) {
			return nil, err
		}
		if e.Used, err = usedAt(e.Path); err == nil {
			all = append(all, e)
		}
	}
	slices.SortStableFunc(all, func(a, b Entry) int { return b.Used.Compare(a.Used) })
	return all, nil
}

// names lists a folder, which may be absent.
func names(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if missing(err) {
		return nil, nil
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names, err
}

// usedAt is the time of a file, or no time at all if a clock was wrong once: it must not keep something for ever.
func usedAt(file string) (time.Time, error) {
	info, err := os.Stat(file)
	if err != nil {
		return time.Time{}, err
	}
	if t := info.ModTime(); t.Before(time.Now().Add(time.Hour)) {
		return t, nil
	}
	return time.Time{}, nil
}

// fresh is for how long a download stays after its last use: somebody may be about to read it, and nothing locks it.
const fresh = 24 * time.Hour

// Trim removes what was not used for longest until the cache takes at most budget bytes and leaves room for as many on its disk, and
// returns what it has removed. What a process has in use and what a checkout's build/ leads to stays. The caller holds no lock of a
// workspace.
func (s *Store) Trim(ctx context.Context, budget, room int64) ([]Entry, error) {
	all, err := s.Entries(ctx)
	if err != nil {
		return nil, err
	}
	free, err := s.Free()
	if err != nil {
		return nil, err
	}
	var total int64
	for _, e := range all {
		total += e.Bytes
	}
	var removed []Entry
	for _, e := range slices.Backward(all) {
		if total <= budget && free >= room {
			break
		}
		if ctx.Err() != nil {
			return removed, context.Cause(ctx)
		}
		gone, err := s.evict(ctx, e)
		if err != nil {
			return removed, err
		}
		if gone {
			total, free = total-e.Bytes, free+e.Bytes
			removed = append(removed, e)
		}
	}
	return removed, nil
}

func (s *Store) evict(ctx context.Context, e Entry) (bool, error) {
	switch {
	case len(e.Links) > 0:
		return false, nil
	case e.Kind == AResult:
		return s.Remove(e.Result)
	case e.Kind == AWorkspace:
		unlock, err := s.TryLockWorkspace(e.Name)
		if err != nil || unlock == nil {
			return false, err
		}
		defer unlock()
		return true, s.discardAs(e.Path, e.Name)
	}
	if time.Since(e.Used) < fresh {
		return false, nil
	}
	return true, os.RemoveAll(e.Path)
}

// Clean removes results, workspaces and logs, and returns the stages of results that stay since a process has them in use. The caller
// holds all locks.
func (s *Store) Clean() (busy []string, err error) {
	stages, err := names(filepath.Join(s.root, "results"))
	if err != nil {
		return nil, err
	}
	for _, stage := range stages {
		if err := s.Sweep(stage); err != nil {
			return nil, err
		}
		results, err := s.Results(stage)
		if err != nil {
			return nil, err
		}
		for _, r := range results {
			removed, err := s.Remove(r)
			if err != nil {
				return nil, err
			}
			if !removed && !slices.Contains(busy, stage) {
				busy = append(busy, stage)
			}
		}
	}
	for _, dir := range []string{"drafts", "work", "logs", "host", "passed", "quarantine"} {
		if err := os.RemoveAll(filepath.Join(s.root, dir)); err != nil {
			return nil, err
		}
	}
	return busy, s.folders()
}

// A checkout whose build/ leads to results is known by a symbolic link to it, named by the digest of its path.

// Remember makes the results that the checkout at root links to from build/ stay.
func (s *Store) Remember(root string) error {
	dir := filepath.Join(s.root, "checkouts")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := os.Symlink(root, filepath.Join(dir, digest.String(root)[:16])); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// links are the checkouts that link to results, by the results' folders. Checkouts that are gone are forgotten.
func (s *Store) links() (map[string][]string, error) {
	known, err := names(filepath.Join(s.root, "checkouts"))
	if err != nil {
		return nil, err
	}
	links := map[string][]string{}
	for _, name := range known {
		note := filepath.Join(s.root, "checkouts", name)
		root, err := os.Readlink(note)
		if err != nil {
			continue
		}
		list, err := os.ReadDir(filepath.Join(root, "build"))
		if missing(err) {
			_ = os.Remove(note)
			continue
		}
		if err != nil {
			continue // another user's
		}
		for _, l := range list {
			if to, err := os.Readlink(filepath.Join(root, "build", l.Name())); err == nil && !slices.Contains(links[to], root) {
				links[to] = append(links[to], root)
			}
		}
	}
	return links, nil
}
