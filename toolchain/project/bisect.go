package project

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-git/go-git/v5/plumbing/object"

	"rex/toolchain/bisect"
	"rex/toolchain/command"
)

// notBuilt is mage's exit code when there was nothing to run (docs/ci.md).
const notBuilt = 1

// Bisect finds the commit after good, up to bad, since which samples fail, and writes it to out: a kernel that was moved, a patch, the
// runtime, or a sample itself. A sample by its name is what each commit has of it; one by its path is what lies there now.
func (p *Project) Bisect(ctx context.Context, good, bad string, names []string, out io.Writer) error {
	var named []string
	for _, name := range names {
		if _, _, err := p.Sample(name); err != nil {
			return err
		}
		if strings.ContainsRune(name, filepath.Separator) || name == "." {
			var err error
			if name, err = filepath.Abs(name); err != nil {
				return err
			}
		}
		named = append(named, name)
	}
	log := p.Store.Log("bisect")
	if err := os.Remove(log); err != nil && !os.IsNotExist(err) {
		return err
	}
	dir := filepath.Join(p.Store.Dir(), "bisect")
	b := &bisect.Bisect{
		Root: p.Root, Dir: dir,
		Try: func(ctx context.Context) (bisect.Outcome, error) {
			err := (&command.Cmd{
				Path: "go", Args: append([]string{"tool", "mage", "ci"}, named...), Dir: dir, Env: os.Environ(), Log: log,
			}).Run(ctx)
			switch code := command.ExitCode(err); {
			case err == nil:
				return bisect.Good, nil
			case ctx.Err() != nil:
				return 0, context.Cause(ctx)
			case code < 0:
				return 0, err
			case code == notBuilt:
				return bisect.Untried, nil
			}
			return bisect.Bad, nil
		},
		Say: func(c *object.Commit, o bisect.Outcome, left int) {
			p.Term.Printf("  %s %s %s (%d commits between)", short(c), o, subject(c), left)
		},
	}
	p.Term.Printf("  building and running %s at each commit that is tried; log: %s", strings.Join(names, ", "), log)
	first, err := b.Run(ctx, good, bad)
	if err != nil {
		return fmt.Errorf("bisect: %w; log: %s", err, log)
	}
	if len(first) > 1 {
		fmt.Fprintln(out, "one of these, of which all but the last were not built:")
	}
	for _, c := range first {
		fmt.Fprintf(out, "%s %s\n", c.Hash, subject(c))
	}
	return nil
}

func short(c *object.Commit) string { return c.Hash.String()[:12] }

func subject(c *object.Commit) string {
	subject, _, _ := strings.Cut(c.Message, "\n")
	return subject
}
