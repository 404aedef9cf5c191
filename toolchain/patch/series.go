package patch

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/bluekeyes/go-gitdiff/gitdiff"
)

// Series reads dir/series, in quilt's format: one file name below dir a line, '#' starts a comment. Of quilt's options
// there is -p1, which is the default. Errors name the line.
func Series(dir string) ([]string, error) {
	file := filepath.Join(dir, "series")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var names []string
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) == 0 {
			continue
		}
		name := fields[0]
		switch i := slices.IndexFunc(fields[1:], func(option string) bool { return option != "-p1" }); {
		case i >= 0:
			err = fmt.Errorf("option %s of %s; patches are applied as they are, with -p1: rewrite the patch", fields[i+1], name)
		case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
			err = fmt.Errorf("%+q has characters that do not print; write the line anew", name)
		case !filepath.IsLocal(name) || filepath.Clean(name) == ".":
			err = fmt.Errorf("%s is no file below %s", name, dir)
		case slices.Contains(names, name):
			err = fmt.Errorf("%s is named a second time; remove one of the lines", name)
		default:
			if _, err = os.Stat(filepath.Join(dir, name)); errors.Is(err, fs.ErrNotExist) {
				err = fmt.Errorf("there is no %s in %s; add it, or remove the line", name, dir)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", file, n, err)
		}
		names = append(names, name)
	}
	return names, lines.Err()
}

// maxPatch bounds a patch, in bytes.
const maxPatch = 64 << 20

// read returns what a patch changes, without the text around it, once it is sure that this is a unified diff of files within the
// tree and that each hunk has the lines that its head promises. patch(1) alone would run ed scripts, find diffs of other formats in
// a commit message, and skip what it does not know.
func read(file string) ([]byte, error) {
	fail := func(err error) ([]byte, error) { return nil, fmt.Errorf("patch %s: %w", filepath.Base(file), err) }
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxPatch {
		return fail(fmt.Errorf("it has %d MiB; %d are the most", info.Size()>>20, maxPatch>>20))
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	files, _, err := gitdiff.Parse(bytes.NewReader(text))
	if err != nil {
		return fail(errors.New(strings.TrimPrefix(err.Error(), "gitdiff: ") + "; make it again with git format-patch or diff -u"))
	}
	if len(files) == 0 {
		return fail(errors.New("no unified diff is in it; make it with git format-patch or diff -u, or remove it from the series"))
	}
	for _, f := range files {
		if f.IsBinary {
			return fail(fmt.Errorf("it changes %q, a binary file", f.NewName))
		}
		for _, name := range []string{f.OldName, f.NewName} {
			if filepath.IsAbs(name) || slices.Contains(strings.Split(name, "/"), "..") {
				return fail(fmt.Errorf("it changes %q, which is outside of the tree", name))
			}
		}
	}
	return diffs(text), nil
}

var (
	// The lines of git's "extended headers" (git-diff(1), "Generating patch text with -p") and of unified diffs.
	header = regexp.MustCompile(`^(diff --git|index|old mode|new mode|new file mode|deleted file mode|similarity index|rename from|rename to|copy from|copy to|---|\+\+\+) |^\\`)
	hunk   = regexp.MustCompile(`^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@`)
)

// diffs returns the headers and hunks of a text.
func diffs(text []byte) []byte {
	var kept []byte
	removed, added := 0, 0 // lines that the hunk still has
	for line := range bytes.Lines(text) {
		switch m := hunk.FindSubmatch(line); {
		case removed > 0 || added > 0:
			switch line[0] {
			case '-':
				removed--
			case '+':
				added--
			case '\\':
			default:
				removed, added = removed-1, added-1
			}
		case m != nil:
			removed, added = count(m[1]), count(m[2])
		case !header.Match(line):
			continue
		}
		kept = append(kept, line...)
	}
	return kept
}

// count reads a hunk's number of lines, of which 1 may be left out.
func count(digits []byte) int {
	if len(digits) == 0 {
		return 1
	}
	n, _ := strconv.Atoi(string(digits)) // proved by the parser
	return n
}
