package sample

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// sources are the C files beside a crate's manifest.
type sources struct {
	programs []string // NAME.c with a main: they become programs NAME
	parts    []string // files without one: they are part of each program
	twins    []string // NAME.bpf.c, of eBPF
}

// comment and main are of C, as far as it takes to tell whether a file has a main.
var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"`)
	hasMain = regexp.MustCompile(`\bmain\s*\(`)
)

// sources looks what C files there are.
func (s *Sample) sources() (c sources, err error) {
	files, err := filepath.Glob(filepath.Join(s.Dir, "*.c"))
	if err != nil {
		return c, err
	}
	for _, file := range files {
		name := filepath.Base(file)
		if strings.HasSuffix(name, ".bpf.c") {
			c.twins = append(c.twins, name)
			continue
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
	return c, nil
}
