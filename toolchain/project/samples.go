package project

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"rex/toolchain/digest"
	"rex/toolchain/kernel"
	"rex/toolchain/object/inspection"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
)

// Samples returns the stages of all samples.
func (p *Project) Samples() ([]*stage.Stage, error) {
	names, err := sample.List(p.path("samples"))
	if err != nil {
		return nil, err
	}
	var stages []*stage.Stage
	for _, name := range names {
		s, _, err := p.Sample(name)
		if err != nil {
			return nil, err
		}
		stages = append(stages, s)
	}
	return stages, nil
}

// UseFeatures has extensions built with these features of their crates, in place of those that sample.toml names; an empty list is none.
func (p *Project) UseFeatures(features []string) error {
	p.features = features
	return sample.CheckFeatures(features)
}

// Graph explains the state of all stages, needs first.
func (p *Project) Graph(ctx context.Context) ([]*stage.Explanation, error) {
	samples, err := p.Samples()
	if err != nil {
		return nil, err
	}
	return p.Runner.Graph(ctx, append(p.All(), samples...)...)
}

// Sample returns a sample, by its name or the path of its folder, which may lie anywhere, and its stage.
func (p *Project) Sample(name string) (*stage.Stage, *sample.Sample, error) {
	if name == "." || strings.ContainsRune(name, filepath.Separator) {
		dir, err := filepath.Abs(name)
		if err != nil {
			return nil, nil, err
		}
		if dir, err = filepath.EvalSymlinks(dir); err != nil {
			return nil, nil, fmt.Errorf("no sample: %w", err)
		}
		name = filepath.Base(dir)
		if filepath.Dir(dir) != p.path("samples") {
			// The path tells it from others of that name.
			name += "-" + digest.String(dir)[:6]
			p.putOutside(name, dir)
		}
	}
	if p.isOutside(name) {
		return p.extension(outsideDir, name, "sample-"+name)
	}
	return p.extension("samples", name, "sample-"+name)
}

// outsideDir is where extensions from elsewhere, and crates that extensions share, are in the checkout that builds see.
const outsideDir = "outside"

// cratesOf is where below outsideDir the shared crates of an extension are, each under the name of its package.
func cratesOf(name string) string { return name + ".crates" }

func (p *Project) putOutside(name, dir string) {
	if p.outside == nil {
		p.outside = map[string]string{}
	}
	p.outside[name] = dir
}

// isOutside tells whether an extension is one from elsewhere, for this process or for the one that has given it an order.
func (p *Project) isOutside(name string) bool {
	if p.outside[name] != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(p.path(outsideDir), name, "Cargo.toml"))
	return err == nil
}

// placeOf returns where in the checkout that builds see a file or folder is.
func (p *Project) placeOf(path string) (place string, ok bool) {
	nearest := "" // a crate may have an extension in its folder
	for name, dir := range p.outside {
		if rel, err := filepath.Rel(dir, path); err == nil && filepath.IsLocal(rel) && len(dir) > len(nearest) {
			nearest, place = dir, filepath.Join(outsideDir, name, rel)
		}
	}
	if nearest != "" {
		return place, true
	}
	rel, err := filepath.Rel(p.Root, path)
	return rel, err == nil && filepath.IsLocal(rel)
}

// extension returns what is in dir/name, which has the form of a sample, and the stage that builds it.
func (p *Project) extension(dir, name, stageName string) (*stage.Stage, *sample.Sample, error) {
	where := filepath.Join(p.path(dir), name)
	if elsewhere := p.outside[name]; elsewhere != "" {
		where = elsewhere
	}
	s, err := sample.Open(filepath.Dir(where), filepath.Base(where))
	if err != nil {
		return nil, nil, err
	}
	s.Name = name
	var lost error
	if p.Runner != nil { // in a build, everything has been put in its place
		if err := p.tellChanges(s); err != nil {
			return nil, nil, err
		}
		var crates []sample.Crate
		crates, lost = s.Crates()
		for _, c := range crates {
			p.putOutside(filepath.Join(cratesOf(name), c.Package), c.Dir)
		}
	}
	st := &stage.Stage{
		Name: stageName + p.variant, Doc: "extension, loader and trigger",
		Needs: []*stage.Stage{p.tools, p.linuxSource, p.kernel, p.bindings, p.rustc, p.toolchain, p.libbpf, p.librex},
		// One for all: core and the runtime crate are compiled once.
		Shares: "samples" + p.variant,
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			key, err := p.key()
			if err != nil {
				return err
			}
			if err := in.File("signing key", key.Private); err != nil {
				return err
			}
			if err := p.runtimeInputs(ctx, in); err != nil {
				return err
			}
			features := "those of sample.toml"
			if p.features != nil {
				features = strings.Join(p.features, ",")
			}
			in.Value("features", features)
			if p.debugInfo {
				in.Value("debug information", "full")
			}
			if s.InRust {
				if err := in.Tree(ctx, loaderCrate, p.path(loaderCrate), sample.Skip); err != nil {
					return err
				}
			}
			if err := in.File("cargo's config", p.path(cargoConfig)); err != nil {
				return err
			}
			if lost != nil {
				return lost
			}
			for crate, dir := range p.sharedCrates(name) {
				if err := in.Tree(ctx, "crate "+crate, dir, sample.Skip); err != nil {
					return err
				}
			}
			return in.Tree(ctx, filepath.Join(dir, name), s.Dir, sample.Skip)
		},
		Outside: p.bringKey,
		Build: func(ctx context.Context, b *stage.Build) error {
			if err := p.buildSample(ctx, s, b); err != nil {
				return fmt.Errorf("%w\n(a build sees %s, the crates that it names by their paths, and nothing else of the checkout)", err, filepath.Join(dir, name))
			}
			return nil
		},
	}
	return st, s, nil
}

// loaderCrate is the loader library for programs in Rust.
const loaderCrate = "librex/loader-rs"

// cargoConfig is how cargo builds an extension that does not say so itself.
const cargoConfig = "samples/.cargo/config.toml"

// buildSample builds a sample, checks its object as a kernel that trusts nobody would, appends what it has found out of the
// imports of each program, and signs all of it.
func (p *Project) buildSample(ctx context.Context, s *sample.Sample, b *stage.Build) error {
	place, err := filepath.Rel(p.Root, s.Dir)
	if err != nil {
		return err
	}
	root := filepath.Join(b.Workspace, "checkout")
	if s, err = p.assemble(ctx, s, root, place, cargoConfig); err != nil {
		return err
	}
	object, err := (&sample.Build{
		Sample: s, DebugInfo: p.debugInfo, Config: filepath.Join(root, cargoConfig), Toolchain: b.Need(p.toolchain), Compiler: b.Needs[p.rustc.Name].Output, Source: b.Need(p.linuxSource), Kernel: b.Need(p.kernel),
		Bindings: b.Need(p.bindings), Made: digest.String(b.Needs[p.kernel.Name].Output + b.Needs[p.bindings.Name].Output), Librex: b.Need(p.librex), Libbpf: b.Need(p.libbpf), Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output,
	}).Run(ctx, b.Out)
	if err != nil {
		return err
	}
	if p.debugInfo {
		if err := os.WriteFile(filepath.Join(b.Out, sourceRoot), []byte(root), 0o644); err != nil {
			return err
		}
	}
	file := filepath.Join(b.Out, object)
	facts, err := p.kernelFacts(b.Need(p.kernel))
	if err != nil {
		return err
	}
	report, err := inspection.File(file, facts)
	if err != nil {
		return err
	}
	if err := report.Err(); err != nil {
		return err
	}
	if err := appendTo(file, report.Reach); err != nil {
		return err
	}
	key, err := p.key()
	if err != nil {
		return err
	}
	return key.Sign(ctx, filepath.Join(b.Need(p.kernel), kernel.SignFile), file, b.Log, b.Output)
}

func appendTo(file string, b []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Close())
}
