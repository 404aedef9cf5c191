// Package digest names content: one hash for a file, one for a folder tree.
package digest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// String returns the sha256 of s in hexadecimal.
func String(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// File returns the sha256 of a file's content in hexadecimal.
func File(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Tree returns the digest of the tree below dir: sha256 over the sorted lines
//
//	<kind> <sha256 of content or link target>  <slash-separated path>
//
// where kind is f (file), x (executable file) or l (symbolic link). It follows Go's
// dirhash, with modes and links added. Empty folders and times do not count.
// Anything that is neither file, folder nor link is an error. skip, if not
// nil, leaves out the paths for which it returns true; a folder with all below it.
func Tree(ctx context.Context, dir string, skip func(path string) bool) (string, error) {
	type entry struct {
		path string
		mode fs.FileMode
	}
	var entries []entry
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if rel != "." && skip != nil && skip(rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		if d.IsDir() {
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		entries = append(entries, entry{rel, info.Mode()})
		return nil
	})
	if err != nil {
		return "", err
	}

	lines := make([]string, len(entries))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for i, e := range entries {
		group.Go(func() error {
			if groupCtx.Err() != nil {
				return context.Cause(groupCtx)
			}
			path := filepath.Join(dir, e.path)
			var kind, sum string
			var err error
			switch {
			case e.mode&fs.ModeSymlink != 0:
				var target string
				kind = "l"
				if target, err = os.Readlink(path); err == nil {
					sum = String(target)
				}
			case e.mode.IsRegular():
				kind = "f"
				if e.mode&0o111 != 0 {
					kind = "x"
				}
				sum, err = File(path)
			default:
				err = fmt.Errorf("%s: neither file, folder nor symbolic link (%s)", path, e.mode.Type())
			}
			if err == nil && strings.Contains(e.path, "\n") {
				err = fmt.Errorf("%q: a file name must not hold a line break", e.path)
			}
			lines[i] = fmt.Sprintf("%s %s  %s\n", kind, sum, e.path)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return "", err
	}
	// Sorted by path, so that neither the walk nor the file system matters.
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(pathOf(a), pathOf(b)) })
	h := sha256.New()
	for _, l := range lines {
		_, _ = io.WriteString(h, l)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func pathOf(line string) string {
	_, path, _ := strings.Cut(line, "  ")
	return path
}
