package project

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"rex/toolchain/kernel"
	"rex/toolchain/librex"
	"rex/toolchain/passes"
	"rex/toolchain/patch"
	"rex/toolchain/rustc"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
)

// stages are the stages that do not depend on a sample.
type stages struct {
	tools                                         *stage.Stage
	linuxSource, kernel, libbpf, bindings         *stage.Stage
	rustcSource, stage0, rustc, passes, toolchain *stage.Stage
	rustLints                                     *stage.Stage
	librex, guestTools, agent, wrapper            *stage.Stage
	rustdoc, site                                 *stage.Stage
}

// Names of what stages get from outside (stage.Stage.Outside).
const (
	downloads  = "downloads" // the fetcher's cache
	signingKey = "signing"   // the key that extensions are signed with
	goRoot     = "go"        // Go itself
	goModules  = "modules"   // Go's cache of modules
)

// define makes the graph, given the stage that has the tools. Stages that depend on which kernel it is carry the variant in
// their names: each keeps a workspace of its own.
func (p *Project) define(tools *stage.Stage) {
	p.tools = tools
	p.linuxSource = p.source("linux-source", "Linux, patched", "linux", "kernel", nil)
	if p.variant == stockVariant {
		p.linuxSource = p.stockSource()
	}
	p.rustcSource = p.source("rustc-source", "rustc's source, patched", "rustc", "rustc-patches", rustc.Prepare)
	p.stage0 = p.source("stage0", "the compiler that builds the compiler", "stage0", "", nil)
	p.rustLints = p.source("rust-lints", "clippy and rustfmt", "rust-lints", "", nil)
	p.kernel = &stage.Stage{
		Name: "kernel" + p.variant, Doc: "Linux with Rex", Needs: []*stage.Stage{p.tools, p.linuxSource},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			in.Value("compiler", string(p.compiler))
			if p.variant == ownVariant {
				if err := in.File("configuration to start from", p.ownConfig()); err != nil {
					return err
				}
			}
			for _, f := range p.fragments() {
				if err := in.File("config "+filepath.Base(f), f); err != nil {
					return err
				}
			}
			return nil
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&kernel.Build{
				Source: b.Need(p.linuxSource), Workspace: b.Workspace, Base: p.ownConfig(), Fragments: p.fragments(),
				Compiler: p.compiler, Pool: b.Pool, Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
	p.libbpf = &stage.Stage{
		Name: "libbpf", Doc: "libbpf of the same tree", Needs: []*stage.Stage{p.tools, p.linuxSource},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&kernel.Libbpf{Source: b.Need(p.linuxSource), Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output}).Run(ctx, b.Out)
		},
	}
	p.bindings = &stage.Stage{
		Name: "bindings" + p.variant, Doc: "the kernel's types for Rust", Needs: []*stage.Stage{p.tools, p.linuxSource, p.kernel},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&librex.Bindings{Source: b.Need(p.linuxSource), Kernel: b.Need(p.kernel), Log: b.Log, Output: b.Output}).Run(ctx, b.Out)
		},
	}
	p.rustc = &stage.Stage{
		Name: "rustc", Doc: "the Rex compiler, bootstrapped", Needs: []*stage.Stage{p.tools, p.rustcSource, p.stage0},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			return in.File("bootstrap config", p.path(bootstrapConfig))
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&rustc.Build{
				Source: b.Need(p.rustcSource), Workspace: b.Workspace, Config: p.path(bootstrapConfig), Stage0: b.Need(p.stage0),
				Pool: b.Pool, Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
	p.passes = &stage.Stage{
		Name: "passes", Doc: "the LLVM pass plugin", Needs: []*stage.Stage{p.tools},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			return in.Tree(ctx, "llvm-passes", p.path("llvm-passes"), nil)
		},
		Build: func(ctx context.Context, b *stage.Build) error { return p.passesBuild(b).Run(ctx, b.Out) },
	}
	p.toolchain = &stage.Stage{
		Name: "toolchain" + p.variant, Doc: "compiler, passes and what it knows of the runtime, under one prefix",
		Needs: []*stage.Stage{p.tools, p.rustc, p.passes, p.bindings},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			if err := in.File("the subset's rules", p.path(subsetPage)); err != nil {
				return err
			}
			return p.runtimeInputs(ctx, in)
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			runtime := []string{p.path("librex/rex"), p.path("librex/rex-macros"), b.Need(p.bindings)}
			return rustc.Assemble(ctx, b.Need(p.rustc), filepath.Join(b.Need(p.passes), passes.File), p.path(subsetPage), runtime, b.Out)
		},
	}
	p.librex = &stage.Stage{
		Name: "librex", Doc: "the loader library", Needs: []*stage.Stage{p.tools, p.libbpf},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			return in.Tree(ctx, "librex/loader", p.path("librex/loader"), func(path string) bool { return path == "build" })
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&librex.Loader{Source: p.path("librex/loader"), Libbpf: b.Need(p.libbpf), Workspace: b.Workspace, Log: b.Log, Output: b.Output}).Run(ctx, b.Out)
		},
	}
	p.guestTools = &stage.Stage{
		Name: "guest-tools" + p.variant, Doc: "bpftool and perf of the same tree", Needs: []*stage.Stage{p.tools, p.linuxSource, p.kernel},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&kernel.GuestTools{
				Source: b.Need(p.linuxSource), Kernel: b.Need(p.kernel), Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
	p.agent = p.program("agent", "/init of the virtual machines", "toolchain/vm/agent", "toolchain/vm")
	p.wrapper = p.program("wrapper", "what enters the tools tree for a person", "toolchain/sandbox/wrapper", "toolchain/sandbox", "toolchain/command")
	p.defineDocs()
}

const (
	bootstrapConfig = "configs/rex-config.toml"
	subsetPage      = "docs/subset.md"
)

// All lists the stages that do not depend on a sample, needs first.
func (p *Project) All() []*stage.Stage {
	all := []*stage.Stage{p.kernel, p.libbpf, p.bindings, p.toolchain, p.librex, p.agent}
	if p.toolset == p.tree {
		all = append(all, p.guestTools)
	}
	return stage.Closure(all...)
}

// Stage returns a stage by name; "sample-NAME" is a sample's.
func (p *Project) Stage(name string) (*stage.Stage, error) {
	var names []string
	for _, s := range p.All() {
		if s.Name == name || s.Name == name+p.variant {
			return s, nil
		}
		names = append(names, s.Name)
	}
	plain := strings.TrimSuffix(name, p.variant)
	if n, ok := strings.CutPrefix(plain, "sample-"); ok {
		s, _, err := p.Sample(n)
		return s, err
	}
	if n, ok := strings.CutPrefix(plain, "kernel-"); ok {
		if s, _, err := p.extension("kernel", n, plain); err == nil {
			return s, nil
		}
	}
	if n, ok := strings.CutPrefix(name, "lint-"); ok {
		return p.lint(n)
	}
	for _, s := range p.others() {
		if s.Name == name || s.Name == name+p.variant {
			return s, nil
		}
	}
	samples, err := sample.List(p.path("samples"))
	if err != nil {
		return nil, err
	}
	for _, s := range samples {
		names = append(names, "sample-"+s)
	}
	return nil, fmt.Errorf("no stage %q; there are: %s", name, strings.Join(names, ", "))
}

// others are the stages that are built when they are asked for.
func (p *Project) others() []*stage.Stage {
	_, packages := p.distStages()
	return stage.Closure(append(p.testStages(), p.faultTests(), p.checkerTests(), p.seriesTest(), p.rustcTest(), p.selftestsStage(), p.guestTools, p.rustLints, p.wrapper, p.site, packages)...)
}

// StageNames lists the stages that the checkout at root has, and those of its samples; it needs no cache.
func StageNames(root string) ([]string, error) {
	p := &Project{Root: root}
	p.define(&stage.Stage{Name: "tools"})
	samples, err := sample.List(p.path("samples"))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, s := range stage.Closure(append(p.others(), p.All()...)...) {
		names = append(names, s.Name)
	}
	for _, s := range samples {
		names = append(names, "sample-"+s)
	}
	return names, nil
}

// source is a stage that prepares a component, which is fetched before, and applies a patch series.
func (p *Project) source(name, doc, component, series string, prepare func(context.Context, string) error) *stage.Stage {
	var calls []any
	if prepare != nil {
		calls = append(calls, prepare)
	}
	return &stage.Stage{
		Name: name, Doc: doc, Needs: []*stage.Stage{p.tools}, Calls: calls,
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			c, err := p.pins.Component(component)
			if err != nil {
				return err
			}
			in.Value("pin", fmt.Sprintf("%+v", *c))
			if c.Tree == "" && len(c.Origins) > 1 {
				in.Value("origin", fmt.Sprintf("%+v", *p.fetcher.Chosen(c))) // their trees may differ
			}
			if series == "" {
				return nil
			}
			if err := in.File("series", filepath.Join(p.path(series), "series")); err != nil {
				return err
			}
			names, err := patch.Series(p.path(series))
			if err != nil {
				return err
			}
			for i, n := range names {
				if err := in.File(fmt.Sprintf("patch %04d %s", i+1, n), filepath.Join(p.path(series), n)); err != nil {
					return err
				}
			}
			return nil
		},
		Outside: func(ctx context.Context) (map[string]string, error) {
			c, err := p.pins.Component(component)
			if err != nil {
				return nil, err
			}
			_, err = p.fetcher.Download(ctx, c)
			return map[string]string{downloads: p.fetcher.Cache}, err
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			c, err := p.pins.Component(component)
			if err != nil {
				return err
			}
			if _, err := p.fetcher.Tree(ctx, c, b.Out); err != nil {
				return err
			}
			if prepare != nil {
				if err := prepare(ctx, b.Out); err != nil {
					return err
				}
			}
			if series == "" {
				return nil
			}
			return patch.Apply(ctx, b.Out, p.path(series))
		},
	}
}

func (p *Project) passesBuild(b *stage.Build) *passes.Build {
	return &passes.Build{Source: p.path("llvm-passes"), Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output}
}

// stockSource is Linux without the series.
func (p *Project) stockSource() *stage.Stage {
	return p.source("linux-source-stock", "Linux as it is", "linux", "", nil)
}

// runtimeInputs adds the sources of the runtime crate and its macros.
func (p *Project) runtimeInputs(ctx context.Context, in *stage.Inputs) error {
	for _, dir := range []string{"librex/rex", "librex/rex-macros"} {
		if err := in.Tree(ctx, dir, p.path(dir), sample.Skip); err != nil {
			return err
		}
	}
	return nil
}

// bringKey lets a stage read the signing key.
func (p *Project) bringKey(context.Context) (map[string]string, error) {
	_, err := p.key()
	return map[string]string{signingKey: p.keyDir}, err
}

func (p *Project) fragments() []string {
	names := []string{"base", "rex"}
	switch p.variant {
	case debugVariant:
		names = append(names, "debug")
	case stockVariant:
		names = []string{"base", "stock"}
	case ownVariant:
		names = []string{"needs", "rex"}
	}
	if name, ok := strings.CutPrefix(p.variant, withFragment); ok {
		names = append(names, name)
	}
	for i, name := range names {
		names[i] = p.path("configs/kernel/" + name + ".config")
	}
	return names
}
