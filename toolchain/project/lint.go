package project

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"rex/toolchain/lint"
	"rex/toolchain/rustc"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/worktree"
)

// styleFiles are the style of extensions and their loaders.
var styleFiles = []string{"samples/clippy.toml", "samples/.clang-format", "samples/rustfmt.toml"}

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

// runtimeCrates are linted as extensions are.
var runtimeCrates = []string{"rex", "rex-macros", "loader-rs"}

// lints are the stages that look at extensions.
func (p *Project) lints(names []string) ([]*stage.Stage, error) {
	if len(names) == 0 {
		all, err := sample.List(p.path("samples"))
		if err != nil {
			return nil, err
		}
		names = slices.Concat(runtimeCrates, all)
	}
	var stages []*stage.Stage
	for _, name := range names {
		s, err := p.lint(name)
		if err != nil {
			return nil, err
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// lint is a stage that looks at a crate of the runtime, or at an extension by its name or path: then it has the inputs of the one that
// builds it.
func (p *Project) lint(name string) (*stage.Stage, error) {
	place, inputs := filepath.Join("librex", name), p.runtimeInputs
	var extension *sample.Sample
	if !slices.Contains(runtimeCrates, name) {
		st, s, err := p.Sample(name)
		if err != nil {
			return nil, err
		}
		dir := "samples"
		if p.isOutside(s.Name) {
			dir = outsideDir
		}
		name, place, inputs, extension = s.Name, filepath.Join(dir, s.Name), st.Inputs, s
	}
	return &stage.Stage{
		Name: "lint-" + name, Doc: "form and style", Needs: []*stage.Stage{p.tools, p.kernel, p.bindings, p.rustc, p.rustLints, p.librex, p.libbpf}, Shares: "lints",
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			for _, f := range styleFiles {
				if err := in.File(f, p.path(f)); err != nil {
					return err
				}
			}
			if extension == nil {
				if err := in.Tree(ctx, loaderCrate, p.path(loaderCrate), sample.Skip); err != nil {
					return err
				}
			}
			return inputs(ctx, in)
		},
		Outside: p.bringKey, // which is among the inputs of an extension
		Build:   func(ctx context.Context, b *stage.Build) error { return p.lookAt(ctx, place, extension, b) },
	}, nil
}

// lookAt lints a copy of the crate at place: s, if it is an extension, else one of the runtime.
func (p *Project) lookAt(ctx context.Context, place string, s *sample.Sample, b *stage.Build) error {
	root := filepath.Join(b.Workspace, "checkout")
	vendor := filepath.Join(b.Need(p.rustc), rustc.Vendor)
	var features, programs []string
	if s != nil {
		copied, err := p.assemble(ctx, s, root, place, styleFiles...)
		if err != nil {
			return err
		}
		features = copied.Features
		names, err := sample.List(copied.Dir)
		if err != nil {
			return err
		}
		for _, name := range names {
			programs = append(programs, filepath.Join(copied.Dir, name))
		}
		if vendor, err = copied.Offer(vendor, filepath.Join(b.Workspace, "vendor")); err != nil {
			return err
		}
	} else {
		sources := append([]string{"librex/rex", "librex/rex-macros", loaderCrate}, styleFiles...)
		if err := worktree.Collect(ctx, p.Root, root, sources, func(_, path string) bool { return sample.Skip(path) }); err != nil {
			return err
		}
	}
	err := (&lint.Lint{
		Dir: filepath.Join(root, place), Features: features, Runtime: s == nil, Programs: programs, Style: filepath.Join(root, "samples"), Prefix: b.Need(p.rustLints), Vendor: vendor, Kernel: b.Need(p.kernel), Bindings: b.Need(p.bindings),
		PkgConfig: filepath.Join(b.Need(p.librex), "lib/pkgconfig") + ":" + filepath.Join(b.Need(p.libbpf), "lib/pkgconfig"),
		Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", place, err)
	}
	return keepLog(b)
}
