package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/kernel"
	"rex/toolchain/librex"
	"rex/toolchain/object/inspection"
	"rex/toolchain/passes"
	"rex/toolchain/patch"
	"rex/toolchain/rustc"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/worktree"
)

// stages are the stages that do not depend on a sample.
type stages struct {
	linuxSource, kernel, libbpf, bindings     *stage.Stage
	rustcSource, stage0, rustc, passes, tools *stage.Stage
	librex, agent                             *stage.Stage
}

// define makes the graph. Stages that depend on which kernel it is carry the variant in their names: each keeps a
// workspace of its own.
func (p *Project) define() {
	p.linuxSource = p.source("linux-source", "Linux, patched", "linux", "kernel", nil)
	if p.variant == stockVariant {
		p.linuxSource = p.source("linux-source-stock", "Linux as it is", "linux", "", nil)
	}
	p.rustcSource = p.source("rustc-source", "rustc's source, patched", "rustc", "rustc-patches", rustc.Prepare)
	p.stage0 = p.source("stage0", "the compiler that builds the compiler", "stage0", "", nil)
	p.kernel = &stage.Stage{
		Name: "kernel" + p.variant, Doc: "Linux with Rex", Needs: []*stage.Stage{p.linuxSource},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			p.hostTools(in, p.kernelTools()...)
			in.Value("compiler", string(p.compiler))
			key, err := p.key()
			if err != nil {
				return err
			}
			if err := in.File("certificate", key.Certificate); err != nil {
				return err
			}
			for _, f := range p.fragments() {
				if err := in.File("config "+filepath.Base(f), f); err != nil {
					return err
				}
			}
			return nil
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			key, err := p.key()
			if err != nil {
				return err
			}
			return (&kernel.Build{
				Source: b.Need(p.linuxSource), Workspace: b.Workspace, Fragments: p.fragments(), Certificate: key.Certificate,
				Compiler: p.compiler, LLVMSuffix: suffix(p.Tool("clang")), Pool: b.Pool, Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
	p.libbpf = &stage.Stage{
		Name: "libbpf", Doc: "libbpf of the same tree", Needs: []*stage.Stage{p.linuxSource},
		Inputs: func(ctx context.Context, in *stage.Inputs) error { p.hostTools(in, "gcc", "binutils"); return nil },
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&kernel.Libbpf{Source: b.Need(p.linuxSource), Workspace: b.Workspace, Pool: b.Pool, Log: b.Log, Output: b.Output}).Run(ctx, b.Out)
		},
	}
	p.bindings = &stage.Stage{
		Name: "bindings" + p.variant, Doc: "the kernel's types for Rust", Needs: []*stage.Stage{p.linuxSource, p.kernel},
		Inputs: func(ctx context.Context, in *stage.Inputs) error { p.hostTools(in, "bindgen", "libclang"); return nil },
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&librex.Bindings{
				Bindgen: p.Tool("bindgen"), Libclang: filepath.Dir(p.Tool("libclang")),
				Source: b.Need(p.linuxSource), Kernel: b.Need(p.kernel), Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
	p.rustc = &stage.Stage{
		Name: "rustc", Doc: "the Rex compiler, bootstrapped", Needs: []*stage.Stage{p.rustcSource, p.stage0},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			p.hostTools(in, "llvm", "g++")
			return in.File("bootstrap config", p.path("configs/rex-config.toml"))
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&rustc.Build{
				Source: b.Need(p.rustcSource), Workspace: b.Workspace, Config: p.path("configs/rex-config.toml"), Stage0: b.Need(p.stage0),
				LLVMConfig: p.Tool("llvm"), Pool: b.Pool, Log: b.Log, Output: b.Output,
			}).Run(ctx, b.Out)
		},
	}
	p.passes = &stage.Stage{
		Name: "passes", Doc: "the LLVM pass plugin",
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			p.hostTools(in, "llvm", "g++", "cmake")
			return in.Tree(ctx, "llvm-passes", p.path("llvm-passes"), nil)
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			pb := p.passesBuild(b.Workspace)
			pb.Log, pb.Output = b.Log, b.Output
			return pb.Run(ctx, b.Out)
		},
	}
	p.tools = &stage.Stage{
		Name: "toolchain" + p.variant, Doc: "compiler, passes and what it knows of the runtime, under one prefix", Needs: []*stage.Stage{p.rustc, p.passes, p.bindings},
		Inputs: p.runtimeInputs,
		Build: func(ctx context.Context, b *stage.Build) error {
			runtime := []string{p.path("librex/rex"), p.path("librex/rex-macros"), b.Need(p.bindings)}
			return rustc.Assemble(ctx, b.Need(p.rustc), filepath.Join(b.Need(p.passes), passes.File), runtime, b.Out)
		},
	}
	p.librex = &stage.Stage{
		Name: "librex", Doc: "the loader library", Needs: []*stage.Stage{p.libbpf},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			p.hostTools(in, "gcc", "binutils")
			return in.Tree(ctx, "librex/loader", p.path("librex/loader"), func(path string) bool { return path == "build" })
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&librex.Loader{Source: p.path("librex/loader"), Libbpf: b.Need(p.libbpf), CC: p.Tool("gcc"), Workspace: b.Workspace, Log: b.Log, Output: b.Output}).Run(ctx, b.Out)
		},
	}
	p.agent = &stage.Stage{
		Name: "agent", Doc: "/init of the virtual machines",
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			in.Value("go", runtime.Version())
			if err := in.File("go.sum", p.path("go.sum")); err != nil {
				return err
			}
			return in.Tree(ctx, "toolchain/vm", p.path("toolchain/vm"), func(path string) bool {
				return strings.HasSuffix(path, "_test.go") || strings.Contains(path, "testdata")
			})
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			return (&command.Cmd{
				Path: "go", Args: []string{"build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-o", filepath.Join(b.Out, "init"), "./toolchain/vm/agent"},
				Dir: p.Root, Env: []string{"CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64", "GOFLAGS="}, Log: b.Log, Stdout: b.Output, Stderr: b.Output,
			}).Run(ctx)
		},
	}
}

// All lists the stages that do not depend on a sample, needs first.
func (p *Project) All() []*stage.Stage {
	return stage.Closure(p.kernel, p.libbpf, p.bindings, p.tools, p.librex, p.agent)
}

// Stage returns a stage by name; "sample-NAME" is a sample's.
func (p *Project) Stage(name string) (*stage.Stage, error) {
	var names []string
	for _, s := range p.All() {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	if n, ok := strings.CutPrefix(name, "sample-"); ok {
		s, _, err := p.Sample(n)
		return s, err
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

// source is a stage that fetches a component, prepares it, and applies a patch series.
func (p *Project) source(name, doc, component, series string, prepare func(context.Context, string) error) *stage.Stage {
	return &stage.Stage{
		Name: name, Doc: doc,
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			c, err := p.pins.Component(component)
			if err != nil {
				return err
			}
			in.Value("pin", fmt.Sprintf("%+v", *c))
			if series == "" {
				return nil
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

// Sample returns a sample and its stage.
func (p *Project) Sample(name string) (*stage.Stage, *sample.Sample, error) {
	return p.extension("samples", name, "sample-"+name)
}

// extension returns what is in dir/name, which has the form of a sample, and the stage that builds it.
func (p *Project) extension(dir, name, stageName string) (*stage.Stage, *sample.Sample, error) {
	s, err := sample.Open(p.path(dir), name)
	if err != nil {
		return nil, nil, err
	}
	st := &stage.Stage{
		Name: stageName + p.variant, Doc: "extension, loader and trigger", Version: 1,
		Needs: []*stage.Stage{p.linuxSource, p.kernel, p.bindings, p.rustc, p.tools, p.libbpf, p.librex},
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			p.hostTools(in, "gcc", "mold")
			if err := p.runtimeInputs(ctx, in); err != nil {
				return err
			}
			return in.Tree(ctx, filepath.Join(dir, name), s.Dir, sample.Skip)
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			// One for all samples: core and the runtime crate are compiled once.
			shared := "samples" + p.variant
			unlock, err := p.Store.Lock(ctx, shared, nil)
			if err != nil {
				return err
			}
			defer unlock()
			workspace, err := p.Store.Workspace(shared)
			if err != nil {
				return err
			}
			copied, err := p.snapshot(ctx, workspace, dir, name)
			if err != nil {
				return err
			}
			if err := p.sampleBuild(copied, b, workspace).Run(ctx, b.Out); err != nil {
				return fmt.Errorf("%w\n(a build sees %s, the rex crate, and nothing else of the checkout)", err, filepath.Join(dir, name))
			}
			rel, err := s.Object()
			if err != nil {
				return err
			}
			file := filepath.Join(b.Out, rel)
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
			key, err := p.key()
			if err != nil {
				return err
			}
			return key.Sign(ctx, filepath.Join(b.Need(p.kernel), kernel.SignFile), file, b.Log, b.Output)
		},
	}
	return st, s, nil
}

// snapshot copies what a sample's key covers, and nothing else, into a workspace, and opens the sample there: a file that is
// no input is not found, a person's workspace around the checkout is none of the sample's, and neither is a lock file.
func (p *Project) snapshot(ctx context.Context, workspace, dir, name string) (*sample.Sample, error) {
	root := filepath.Join(workspace, "checkout")
	for _, tree := range []string{"librex/rex", "librex/rex-macros", filepath.Join(dir, name)} {
		if err := worktree.Snapshot(ctx, p.path(tree), filepath.Join(root, tree), sample.Skip); err != nil {
			return nil, fmt.Errorf("snapshot of %s: %w", tree, err)
		}
	}
	if err := os.Symlink("librex/rex", filepath.Join(root, "rex")); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return sample.Open(filepath.Join(root, dir), name)
}

func (p *Project) sampleBuild(s *sample.Sample, b *stage.Build, workspace string) *sample.Build {
	return &sample.Build{
		Sample: s, Toolchain: b.Need(p.tools), Compiler: b.Need(p.rustc), Source: b.Need(p.linuxSource), Kernel: b.Need(p.kernel), Bindings: b.Need(p.bindings),
		Librex: b.Need(p.librex), Libbpf: b.Need(p.libbpf), CC: p.Tool("gcc"), Clang: p.Tool("clang"), Workspace: workspace, Pool: b.Pool, Log: b.Log, Output: b.Output,
	}
}

func (p *Project) passesBuild(workspace string) *passes.Build {
	return &passes.Build{Source: p.path("llvm-passes"), Workspace: workspace, LLVMConfig: p.Tool("llvm"), Pool: p.pool}
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

// hostTools adds the versions of host tools that shape a result.
func (p *Project) hostTools(in *stage.Inputs, names ...string) {
	for _, n := range names {
		f := p.tool(n)
		version := f.Found
		if version == "" {
			version = f.Path
		}
		in.Value("host's "+n, version)
	}
}

func (p *Project) kernelTools() []string {
	tools := []string{"clang", "lld", "llvm", "pahole"}
	if p.compiler == kernel.GNU {
		tools = []string{"gcc", "binutils", "pahole"}
	}
	return slices.Concat(tools, []string{"make", "flex", "bison", "perl"})
}

func (p *Project) fragments() []string {
	names := []string{"base", "rex"}
	switch p.variant {
	case debugVariant:
		names = append(names, "debug")
	case stockVariant:
		names = []string{"base"}
	}
	for i, name := range names {
		names[i] = p.path("configs/kernel/" + name + ".config")
	}
	return names
}

var versioned = regexp.MustCompile(`-\d+$`)

// suffix is what a distribution appends to its LLVM tools' names: "-19", or nothing.
func suffix(clang string) string { return versioned.FindString(filepath.Base(clang)) }

// Environment returns what a person sets to use the tools by hand: shell assignments.
func (p *Project) Environment(ctx context.Context) (string, error) {
	results, err := p.Runner.Run(ctx, p.tools, p.bindings, p.librex, p.libbpf)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	dir := func(s *stage.Stage) string { return results[s.Name].Dir }
	// No quotes: a cache root with anything that a shell would not take as it is is refused (store.Root).
	fmt.Fprintf(&b, "export PATH=%s/bin:$PATH\n", dir(p.tools))
	for _, v := range [][2]string{
		{"RUSTC", dir(p.tools) + "/bin/rustc"}, {"LINUX_SRC", dir(p.linuxSource)}, {"LINUX_OBJ", dir(p.kernel)}, {"REX_BINDINGS", dir(p.bindings)},
		{"PKG_CONFIG_PATH", dir(p.librex) + "/lib/pkgconfig:" + dir(p.libbpf) + "/lib/pkgconfig"},
	} {
		fmt.Fprintf(&b, "export %s=%s\n", v[0], v[1])
	}
	if host := os.Getenv("RUSTUP_TOOLCHAIN"); host != "" {
		fmt.Fprintln(&b, "unset RUSTUP_TOOLCHAIN")
	}
	return b.String(), nil
}
