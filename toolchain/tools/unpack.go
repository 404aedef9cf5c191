package tools

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"

	"rex/toolchain/fetch"
)

// Unpack makes the tools tree in dst, an empty folder, from its packages: the files at the given paths, in the order
// of the lock.
func Unpack(ctx context.Context, c *Config, l *Lock, files []string, dst string) error {
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	for _, i := range largestFirst(l) {
		group.Go(func() error {
			if err := fetch.UnpackPackage(groupCtx, files[i], dst, c.skip); err != nil {
				return fmt.Errorf("unpack %s: %w", l.Packages[i].Name(), err)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for link, target := range c.Links {
		file := filepath.Join(dst, link)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(target, file); err != nil {
			return fmt.Errorf("configs/tools.toml: links: %w", err)
		}
	}
	for _, dir := range []string{"usr", "etc", "var"} {
		if err := os.MkdirAll(filepath.Join(dst, dir), 0o755); err != nil {
			return err
		}
	}
	return nil
}

// largestFirst orders the packages so that no large one is left for the end, when the others have nothing to do.
func largestFirst(l *Lock) []int {
	order := make([]int, len(l.Packages))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(l.Packages[b].Size, l.Packages[a].Size) })
	return order
}
