// Package compare says in which bytes two trees differ, in words that lead to the cause: which section of an object, which member of
// an archive, which line of a text.
package compare

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unicode/utf8"
)

// Difference is a place where two trees differ.
type Difference struct {
	Path string // slash-separated, below the trees
	What string
}

func (d Difference) String() string { return d.Path + ": " + d.What }

// Trees lists the differences between the trees at a and b, by path. Times and empty folders do not count, as in digest.Tree.
func Trees(ctx context.Context, a, b string) ([]Difference, error) {
	inA, err := files(a)
	if err != nil {
		return nil, err
	}
	inB, err := files(b)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, tree := range []map[string]fs.FileMode{inA, inB} {
		for path := range tree {
			paths = append(paths, path)
		}
	}
	slices.Sort(paths)
	var differences []Difference
	for _, path := range slices.Compact(paths) {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		modeA, okA := inA[path]
		modeB, okB := inB[path]
		var what []string
		switch {
		case !okB:
			what = []string{"is only in the first"}
		case !okA:
			what = []string{"is only in the second"}
		default:
			if what, err = file(filepath.Join(a, path), filepath.Join(b, path), modeA, modeB); err != nil {
				return nil, err
			}
		}
		for _, w := range what {
			differences = append(differences, Difference{path, w})
		}
	}
	return differences, nil
}

// files are the modes of what is below a folder and no folder.
func files(dir string) (map[string]fs.FileMode, error) {
	modes := map[string]fs.FileMode{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		modes[filepath.ToSlash(rel)] = info.Mode()
		return err
	})
	return modes, err
}

// Files lists the differences between two files.
func Files(a, b string) ([]string, error) {
	infoA, err := os.Lstat(a)
	if err != nil {
		return nil, err
	}
	infoB, err := os.Lstat(b)
	if err != nil {
		return nil, err
	}
	return file(a, b, infoA.Mode(), infoB.Mode())
}

func file(a, b string, modeA, modeB fs.FileMode) ([]string, error) {
	if modeA.Type() != modeB.Type() {
		return []string{fmt.Sprintf("is %s and %s", kind(modeA), kind(modeB))}, nil
	}
	if modeA.Type() == fs.ModeSymlink {
		toA, errA := os.Readlink(a)
		toB, errB := os.Readlink(b)
		if errA != nil || errB != nil || toA == toB {
			return nil, errors.Join(errA, errB)
		}
		return []string{fmt.Sprintf("leads to %s and %s", toA, toB)}, nil
	}
	textA, errA := os.ReadFile(a)
	textB, errB := os.ReadFile(b)
	if err := errors.Join(errA, errB); err != nil {
		return nil, err
	}
	what := content(textA, textB)
	if modeA&0o111 != 0 != (modeB&0o111 != 0) {
		what = append(what, "is executable in one of them")
	}
	return what, nil
}

func kind(mode fs.FileMode) string {
	switch mode.Type() {
	case 0:
		return "a file"
	case fs.ModeSymlink:
		return "a symbolic link"
	}
	return mode.Type().String()
}

// content says where two contents differ; nothing if they don't.
func content(a, b []byte) []string {
	if bytes.Equal(a, b) {
		return nil
	}
	for _, in := range []func(a, b []byte) []string{members, sections, line} {
		if what := in(a, b); len(what) > 0 {
			return what
		}
	}
	return []string{offset(a, b)}
}

// line finds the first line that differs, in texts.
func line(a, b []byte) []string {
	if !text(a) || !text(b) {
		return nil
	}
	linesA, linesB := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range max(len(linesA), len(linesB)) {
		switch {
		case i >= len(linesA):
			return []string{fmt.Sprintf("line %d is only in the second: %q", i+1, short(linesB[i]))}
		case i >= len(linesB):
			return []string{fmt.Sprintf("line %d is only in the first: %q", i+1, short(linesA[i]))}
		case !bytes.Equal(linesA[i], linesB[i]):
			return []string{fmt.Sprintf("line %d is %q and %q", i+1, short(linesA[i]), short(linesB[i]))}
		}
	}
	return nil
}

func text(b []byte) bool { return utf8.Valid(b) && !bytes.ContainsRune(b, 0) }

// short is enough of a line to find it.
func short(b []byte) []byte { return b[:min(len(b), 120)] }

// offset finds the first byte that differs.
func offset(a, b []byte) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	size := ""
	if len(a) != len(b) {
		size = fmt.Sprintf("; it has %d and %d bytes", len(a), len(b))
	}
	return fmt.Sprintf("from byte %#x on %x and %x%s", i, a[i:min(len(a), i+8)], b[i:min(len(b), i+8)], size)
}
