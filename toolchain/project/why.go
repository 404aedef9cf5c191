package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/compare"
	"rex/toolchain/stage"
)

// Why explains whether a stage would be built: which of its inputs have changed, and of files which lines, since it was built last.
func (p *Project) Why(ctx context.Context, name string) (string, error) {
	s, err := p.Stage(name)
	if err != nil {
		return "", err
	}
	e, err := p.Runner.Why(ctx, s)
	if err != nil || len(e.Changes) == 0 {
		return fmt.Sprint(e), err
	}
	lines, err := p.changedLines(ctx, e)
	if err != nil {
		return "", err
	}
	if more := len(lines) - shown; more > 0 {
		lines = append(lines[:shown], fmt.Sprintf("and %d more", more))
	}
	text := e.String()
	for _, l := range lines {
		text += "\n    " + l
	}
	return text, nil
}

// changedLines compares the sources of a stage with the copies that its last build has left in its workspace.
func (p *Project) changedLines(ctx context.Context, e *stage.Explanation) ([]string, error) {
	built := filepath.Join(p.Store.Dir(), "work", e.Stage.Workspace(), "checkout")
	var lines []string
	for _, source := range e.Sources {
		rel, ok := p.placeOf(source.Path)
		if !ok {
			continue
		}
		old := filepath.Join(built, rel)
		info, err := os.Stat(old)
		if errors.Is(err, fs.ErrNotExist) {
			continue // another stage has worked there since
		}
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			what, err := compare.Files(old, source.Path)
			if err != nil {
				return nil, err
			}
			for _, w := range what {
				lines = append(lines, rel+": "+w)
			}
			continue
		}
		differences, err := compare.Trees(ctx, old, source.Path)
		if err != nil {
			return nil, err
		}
		for _, d := range differences {
			if !skipped(source, d.Path) {
				lines = append(lines, filepath.Join(rel, d.Path)+": "+d.What)
			}
		}
	}
	slices.Sort(lines)
	return lines, nil
}

// skipped tells whether a path below a source, or a folder above it, is no input.
func skipped(source stage.Source, path string) bool {
	if source.Skip == nil {
		return false
	}
	for i := range path {
		if path[i] == '/' && source.Skip(path[:i]) {
			return true
		}
	}
	return source.Skip(strings.TrimSuffix(path, "/"))
}
