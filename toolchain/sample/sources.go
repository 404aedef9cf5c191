package sample

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// TwinDir is the folder of a sample's twin: the same program for eBPF. Of a result it is what lies over the rest when the twin is run.
const TwinDir = "ebpf"

// sources are the files of a sample beside the extension's.
type sources struct {
	programs []string // NAME.c with a main: they become programs NAME
	parts    []string // files without one: they are part of each program
	crates   []string // folders NAME with a crate that has a program, which becomes NAME
	twin     string   // ebpf/NAME.bpf.c; empty if there is none
}

// all are the names of the programs.
func (c *sources) all() []string {
	return slices.Sorted(slices.Values(slices.Concat(c.programs, c.crates)))
}

// comment and main are of C, as far as it takes to tell whether a file has a main.
var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"`)
	hasMain = regexp.MustCompile(`\bmain\s*\(`)
)

// sources looks what files there are.
func (s *Sample) sources() (c sources, err error) {
	files, err := filepath.Glob(filepath.Join(s.Dir, "*.c"))
	if err != nil {
		return c, err
	}
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasSuffix(name, ".bpf.c") {
			return c, fmt.Errorf("%s: programs for eBPF lie in the folder %s", file, TwinDir)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return c, err
		}
		// One that is empty has yet to be written.
		if code := comment.ReplaceAll(text, nil); hasMain.Match(code) || len(bytes.TrimSpace(text)) == 0 {
			c.programs = append(c.programs, strings.TrimSuffix(name, ".c"))
		} else {
			c.parts = append(c.parts, name)
		}
	}
	if c.crates, err = List(s.Dir); err != nil {
		return c, err
	}
	for _, name := range c.crates {
		if slices.Contains(c.programs, name) {
			return c, fmt.Errorf("%s has two programs %s: %[2]s.c, and the crate in %[2]s; remove one", s.Dir, name)
		}
	}
	twins, err := filepath.Glob(filepath.Join(s.Dir, TwinDir, "*.bpf.c"))
	switch {
	case err != nil:
		return c, err
	case len(twins) > 1:
		return c, fmt.Errorf("%s has %d files *.bpf.c; a sample has one twin, which may include others", filepath.Join(s.Dir, TwinDir), len(twins))
	case len(twins) == 1:
		c.twin = filepath.Join(TwinDir, filepath.Base(twins[0]))
	}
	return c, nil
}
