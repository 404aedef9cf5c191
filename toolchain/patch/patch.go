// Package patch applies a series of patches to a source tree.
package patch

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"rex/toolchain/command"
)

// Apply applies the series in dir to tree with patch(1). A hunk must fit exactly: one that needs fuzz is refused, for it may land in the wrong place. The
// tree is left half patched on failure.
func Apply(ctx context.Context, tree, dir string) error {
	names, err := Series(dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := One(ctx, tree, filepath.Join(dir, name)); err != nil {
			return err
		}
	}
	return nil
}

// One applies a single patch, as Apply does.
func One(ctx context.Context, tree, file string) error {
	text, err := read(file)
	if err != nil {
		return err
	}
	rejects, err := os.CreateTemp("", "rex-rejects-")
	if err != nil {
		return err
	}
	defer os.Remove(rejects.Name())
	defer rejects.Close()
	out, err := (&command.Cmd{
		Path: "patch", Args: []string{"-p1", "--unified", "--binary", "--fuzz=0", "--batch", "--forward", "--no-backup-if-mismatch", "--reject-file=" + rejects.Name()},
		Dir: tree, Stdin: bytes.NewReader(text), Env: []string{"LC_ALL=C", "POSIXLY_CORRECT"},
	}).Output(ctx)
	if err == nil {
		return nil
	}
	if command.ExitCode(err) != 1 {
		return fmt.Errorf("patch %s: %w", filepath.Base(file), err)
	}
	lines, err := firstLines(rejects, maxRejects)
	if err != nil {
		return fmt.Errorf("patch %s: rejects: %w", filepath.Base(file), err)
	}
	return &Error{Patch: filepath.Base(file), Faults: faults(out), Rejects: lines}
}

// maxRejects is how many lines of rejected hunks an error shows.
const maxRejects = 40

// firstLines returns the first lines of what r holds.
func firstLines(r io.Reader, n int) ([]string, error) {
	var lines []string
	text := bufio.NewReader(r)
	for {
		line, err := text.ReadString('\n')
		if line != "" && len(lines) == n {
			return append(lines, "..."), nil
		}
		if line != "" {
			lines = append(lines, strings.TrimRight(line, "\r\n"))
		}
		if err == io.EOF {
			return lines, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Error is a patch that does not fit the tree.
type Error struct {
	Patch   string
	Faults  []string // "file: hunk and reason"
	Rejects []string // lines of the hunks that did not fit
}

func (e *Error) Error() string {
	lines := append(slices.Clone(e.Faults), e.Rejects...)
	return fmt.Sprintf("patch %s does not apply:\n  %s\nrebase it on the pinned tree (see the README beside it)", e.Patch, strings.Join(lines, "\n  "))
}

var (
	patching = regexp.MustCompile(`^(?:patching|checking) file '?([^']*)'?`)
	failed   = regexp.MustCompile(`^Hunk #\d+ (?:FAILED|ignored).*`)
	trouble  = regexp.MustCompile(`^(?:can't find file to patch.*|Reversed \(or previously applied\) patch detected.*|patch: \*\*\*\* .*|No file to patch.*)`)
)

// faults finds in patch's output which hunks of which files failed.
func faults(out string) []string {
	var found []string
	file := "?"
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		switch m := patching.FindStringSubmatch(line); {
		case m != nil:
			file = m[1]
		case failed.MatchString(line), trouble.MatchString(line):
			found = append(found, file+": "+line)
		}
	}
	if len(found) == 0 {
		found = []string{strings.TrimSpace(out)}
	}
	return found
}
