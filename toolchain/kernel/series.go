package kernel

import (
	"context"
	"fmt"
	"path/filepath"

	"rex/toolchain/command"
	"rex/toolchain/patch"
	"rex/toolchain/worktree"
)

// Series builds a kernel after each patch of a series: so bisection works, and each patch can be reviewed alone.
type Series struct {
	Build        // of the tree without the series
	Dir   string // of the series
}

// Run applies one patch after the other. Each has to please scripts/checkpatch.pl and to leave a tree that builds. Settings of
// the config that only a later patch knows are dropped by Kconfig.
func (s *Series) Run(ctx context.Context) error {
	names, err := patch.Series(s.Dir)
	if err != nil {
		return err
	}
	if err := worktree.Sync(ctx, s.Source, s.src()); err != nil {
		return fmt.Errorf("working copy of the kernel: %w", err)
	}
	for i, name := range names {
		file := filepath.Join(s.Dir, name)
		if s.Output != nil {
			fmt.Fprintf(s.Output, "patch %d of %d: %s\n", i+1, len(names), name)
		}
		err := (&command.Cmd{
			Path: "perl", Args: []string{"scripts/checkpatch.pl", "--quiet", "--no-summary", "--terse", "--max-line-length=100", "--ignore=FILE_PATH_CHANGES,NO_AUTHOR_SIGN_OFF,MISSING_SIGN_OFF", file},
			Dir: s.src(), Log: s.Log, Stdout: s.Output, Stderr: s.Output,
		}).Run(ctx)
		if err != nil {
			return fmt.Errorf("patch %s: %w", name, err)
		}
		if err := patch.One(ctx, s.src(), file); err != nil {
			return err
		}
		if err := s.merge(ctx); err != nil {
			return fmt.Errorf("after patch %s: %w", name, err)
		}
		if err := s.make(ctx, "vmlinux"); err != nil {
			return fmt.Errorf("after patch %s: %w", name, err)
		}
	}
	return nil
}
