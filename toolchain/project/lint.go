package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"rex/toolchain/lint"
	"rex/toolchain/rustc"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/worktree"
)

// styleFiles are the style of extensions and their loaders.
var styleFiles = []string{"samples/clippy.toml", "samples/.clang-format"}

// Lint looks at samples by their names, and at extensions by the paths of their folders: at all samples, the runtime and its macros, if
// none is named.
func (p *Project) Lint(ctx context.Context, names []string) error {
	stages, err := p.lints(names)
	if err != nil {
		return err
	}
	_, err = p.Runner.Run(ctx, stages...)
	return err
}

// lints are the stages that look at extensions.
func (p *Project) lints(names []string) ([]*stage.Stage, error) {
	var stages []*stage.Stage
	if len(names) == 0 {
		all, err := sample.List(p.path("samples"))
		if err != nil {
			return nil, err
		}
		names = all
		for _, crate := range []string{"rex", "rex-macros"} {
			stages = append(stages, p.lint("lint-"+crate, filepath.Join("librex", crate), nil))
		}
	}
	for _, name := range names {
		st, s, err := p.Sample(name)
		if err != nil {
			return nil, err
		}
		dir := "samples"
		if p.isOutside(s.Name) {
			dir = outsideDir
		}
		stages = append(stages, p.lint("lint-"+s.Name, filepath.Join(dir, s.Name), st))
	}
	return stages, nil
}

// lint is a stage that looks at the crate in place, below the checkout; st is the one that builds it, which has the same inputs, and
// nil for one that is no extension.
func (p *Project) lint(name, place string, st *stage.Stage) *stage.Stage {
	return &stage.Stage{
		Name: name, Doc: "form and style", Needs: []*stage.Stage{p.tools, p.kernel, p.bindings, p.rustc, p.rustLints}, Shares: "lints",
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			for _, f := range styleFiles {
				if err := in.File(f, p.path(f)); err != nil {
					return err
				}
			}
			if st == nil {
				return p.runtimeInputs(ctx, in)
			}
			return st.Inputs(ctx, in)
		},
		Build: func(ctx context.Context, b *stage.Build) error { return p.lookAt(ctx, place, st != nil, b) },
	}
}

// lookAt lints a copy of the crate in place, for cargo writes a lock file beside the manifest.
func (p *Project) lookAt(ctx context.Context, place string, extension bool, b *stage.Build) error {
	root := filepath.Join(b.Workspace, "checkout")
	dir, crates := filepath.Join(root, place), filepath.Join(outsideDir, cratesOf(filepath.Base(place)))
	sources := append([]string{"librex/rex", "librex/rex-macros"}, styleFiles...)
	if extension {
		sources = append(sources, place)
	}
	if _, err := os.Stat(p.path(crates)); err == nil {
		sources = append(sources, crates)
	}
	if err := worktree.Collect(ctx, p.Root, root, sources, func(_, path string) bool { return sample.Skip(path) }); err != nil {
		return err
	}
	vendor := filepath.Join(b.Need(p.rustc), rustc.Vendor)
	if extension {
		if err := os.Symlink("librex/rex", filepath.Join(root, "rex")); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		s, err := sample.Open(filepath.Dir(dir), filepath.Base(dir))
		if err != nil {
			return err
		}
		if err := s.Rewire(filepath.Join(root, "rex"), filepath.Join(root, loaderCrate), filepath.Join(root, crates)); err != nil {
			return err
		}
		if vendor, err = s.Offer(vendor, filepath.Join(b.Workspace, "vendor")); err != nil {
			return err
		}
	}
	err := (&lint.Lint{
		Dir: dir, Style: filepath.Join(root, "samples"), Prefix: b.Need(p.rustLints), Vendor: vendor, Kernel: b.Need(p.kernel), Bindings: b.Need(p.bindings),
		Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	return keepLog(b)
}
