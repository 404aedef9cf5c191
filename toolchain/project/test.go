package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"rex/toolchain/command"
	"rex/toolchain/digest"
	"rex/toolchain/passes"
	"rex/toolchain/sample"
	"rex/toolchain/stage"
	"rex/toolchain/store"
)

// Test runs all layers of tests: formatting and linters, unit tests, and, unless REX_TEST_SHORT=1, the tests of
// every stage's artifacts and those that boot the kernel. What passed before with the same content is not run again, unless
// REX_TEST_AGAIN=1.
func (p *Project) Test(ctx context.Context) error {
	if _, err := p.Runner.Run(ctx, p.unitTests()); err != nil {
		return err
	}
	if os.Getenv("REX_TEST_SHORT") == "1" {
		p.Term.Printf("skipped, as REX_TEST_SHORT=1: tests of the stages' artifacts, and those that boot the kernel")
		return nil
	}
	samples, err := p.Samples()
	if err != nil {
		return err
	}
	lints, err := p.lints(nil)
	if err != nil {
		return err
	}
	if p.toolset != p.tree { // clippy and rustfmt are Debian's, and run in the tree
		p.Term.Printf("skipped, as REX_TOOLS=host: mage lint")
		lints = nil
	}
	results, err := p.Runner.Run(ctx, slices.Concat(p.All(), samples, p.testStages(), lints)...)
	if err != nil {
		return err
	}
	if err := p.Link(results); err != nil {
		return err
	}
	var all []string
	for _, s := range slices.Concat(p.All(), samples) {
		all = append(all, s.Name)
	}
	slices.Sort(all)
	for _, layer := range []layer{
		{"builds of the fast stages once more", all, []string{"toolchain"}, p.checkFast},
		{"tests of artifacts and samples", all, []string{"toolchain", "samples", "configs", "docs", "README.md", "CONTRIBUTING.md"}, func(ctx context.Context) error {
			return p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-count=1", "-v", "-timeout=60m", "./toolchain/acceptance"}, Env: []string{"REX_ACCEPTANCE=1"}, Stdout: p.Term})
		}},
		{"tests of the kernel", []string{p.kernel.Name, p.toolchain.Name, p.librex.Name, p.agent.Name}, []string{"kernel/tests", "samples/error_injector"}, func(ctx context.Context) error {
			result, err := p.TestKernel(ctx, p.Term)
			if err != nil {
				return err
			}
			return result.Err()
		}},
		{"objects that the checker accepts", all, []string{"toolchain/object", "toolchain/project", "kernel/mutants"}, func(ctx context.Context) error {
			const mutants = 12 // of each; mage test:checker has more
			return p.tryAll(ctx, mutants, p.Term)
		}},
	} {
		if err := p.once(ctx, layer, results); err != nil {
			return err
		}
	}
	p.Term.Printf("not run, as they take long: mage test:checker, test:faults, test:kernel-debug, test:selftests, test:series, test:rustc, test:hosts, test:slurm, test:dist")
	return nil
}

// testStages are tests as stages: their results are the logs of tests that passed.
func (p *Project) testStages() []*stage.Stage {
	compiler := p.goTests("tests-compiler", "tests of the compiler", []string{"toolchain"}, []*stage.Stage{p.rustc, p.passes}, func(b *stage.Build) []string {
		return []string{"REX_TEST_RUSTC=" + b.Need(p.rustc), "REX_TEST_PASSES=" + filepath.Join(b.Need(p.passes), passes.File)}
	}, []string{"test", "-count=1", "-timeout=40m", "-run=^TestCompiler$", "./toolchain/rustc"})
	sources := compiler.Inputs
	compiler.Inputs = func(ctx context.Context, in *stage.Inputs) error {
		if err := in.File("the subset's rules", p.path(subsetPage)); err != nil {
			return err
		}
		return sources(ctx, in)
	}
	loader := p.goTests("tests-librex", "tests of the loader library and the bindings", []string{"toolchain", "librex"}, []*stage.Stage{p.libbpf, p.bindings}, func(b *stage.Build) []string {
		return []string{"REX_TEST_LIBBPF=" + b.Need(p.libbpf), "REX_TEST_BINDINGS=" + b.Need(p.bindings)}
	}, []string{"test", "-count=1", "-timeout=10m", "./toolchain/librex"})
	lit := &stage.Stage{
		Name: "tests-passes", Doc: "tests of the LLVM passes", Needs: []*stage.Stage{p.tools}, Shares: p.passes.Name,
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			again(in)
			return in.Tree(ctx, "llvm-passes", p.path("llvm-passes"), nil)
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			if err := p.passesBuild(b).Test(ctx); err != nil {
				return err
			}
			return keepLog(b)
		},
	}
	registry := p.registry()
	sharing := p.goTests("tests-share", "tests of sharing through a registry", []string{"toolchain"}, []*stage.Stage{registry}, func(b *stage.Build) []string {
		return []string{"REX_TEST_REGISTRY=" + filepath.Join(b.Need(registry), "registry")}
	}, []string{"test", "-count=1", "-timeout=10m", "./toolchain/share"})
	return []*stage.Stage{p.unitTests(), lit, compiler, loader, sharing, p.exampleTests()}
}

// faultTests kill, starve and lie to a small pipeline, in all ways and places; the unit tests have them in short.
func (p *Project) faultTests() *stage.Stage {
	return p.goTests("tests-faults", "kills, failures, damage and races", []string{"toolchain"}, nil, func(*stage.Build) []string { return []string{"REX_FAULTS=all"} },
		[]string{"test", "-count=1", "-v", "-timeout=30m", "./toolchain/faults"})
}

// unitTests are those that need nothing but the tools, and what reads the source.
func (p *Project) unitTests() *stage.Stage {
	return p.goTests("tests-unit", "formatting, linters and unit tests", []string{"."}, nil, func(*stage.Build) []string { return nil },
		[]string{"vet", "./..."}, []string{"tool", "staticcheck", "./..."}, []string{"test", "-count=1", "-short", "./..."})
}

// goTests runs go commands in the checkout, of which the trees are there. Go must not take the outcome from its own cache, which knows nothing of
// what a stage needs (-count=1).
func (p *Project) goTests(name, doc string, trees []string, needs []*stage.Stage, env func(*stage.Build) []string, commands ...[]string) *stage.Stage {
	return &stage.Stage{
		Name: name, Doc: doc, Needs: append([]*stage.Stage{p.tools}, needs...), Shares: "tests",
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			again(in)
			in.Value("commands", fmt.Sprint(commands))
			if err := p.goInputs(in); err != nil {
				return err
			}
			for _, tree := range trees {
				if err := in.Tree(ctx, tree, p.path(tree), notSource); err != nil {
					return err
				}
			}
			return nil
		},
		Outside: p.bringGo("."),
		Build: func(ctx context.Context, b *stage.Build) error {
			if slices.Contains(trees, ".") {
				if err := p.formatted(ctx, b); err != nil {
					return err
				}
			}
			for _, args := range commands {
				cmd := p.goCommand(b, args...)
				cmd.Env = append(cmd.Env, env(b)...)
				if err := cmd.Run(ctx); err != nil {
					return err
				}
			}
			return keepLog(b)
		},
	}
}

// notSource tells what of a checkout nobody wrote.
func notSource(path string) bool {
	name := filepath.Base(path)
	return path == ".git" || path == "build" || name == "target" || name == "Cargo.lock"
}

// again makes a stage one that never was there, if that is wished.
func again(in *stage.Inputs) {
	if os.Getenv("REX_TEST_AGAIN") == "1" {
		in.Value("run again", started)
	}
}

var started = time.Now().Format(time.RFC3339Nano)

// keepLog makes the log of tests that passed their result.
func keepLog(b *stage.Build) error {
	text, err := os.ReadFile(b.Log)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.Out, "log"), text, 0o644)
}

// formatted refuses Go files that gofmt would change.
func (p *Project) formatted(ctx context.Context, b *stage.Build) error {
	out, err := (&command.Cmd{Path: filepath.Join(b.Place(goRoot), "bin/gofmt"), Args: []string{"-l", "toolchain", "magefiles"}, Dir: p.Root}).Output(ctx)
	if err != nil {
		return err
	}
	if out != "" {
		return fmt.Errorf("gofmt would change:\n%srun gofmt -w on them", out)
	}
	return nil
}

// layer is a kind of tests that is run once for each content.
type layer struct {
	name   string
	stages []string // whose results it tests
	trees  []string // sources that shape it, below the checkout
	work   func(context.Context) error
}

// once runs a layer unless it has passed with the same content.
func (p *Project) once(ctx context.Context, l layer, results map[string]*store.Result) error {
	var content strings.Builder
	for _, s := range l.stages {
		fmt.Fprintln(&content, s, results[s].Output)
	}
	for _, dir := range l.trees {
		sum, err := digest.Tree(ctx, p.path(dir), sample.Skip)
		if err != nil {
			return err
		}
		fmt.Fprintln(&content, dir, sum)
	}
	passed := filepath.Join(p.Store.Dir(), "passed", strings.ReplaceAll(l.name, " ", "-")+"-"+digest.String(content.String())[:24])
	if _, err := os.Stat(passed); err == nil && os.Getenv("REX_TEST_AGAIN") != "1" {
		p.Term.Printf("> %s: passed before with the same content; REX_TEST_AGAIN=1 runs them again", l.name)
		return nil
	}
	p.Term.Printf("> %s", l.name)
	start := time.Now()
	if err := l.work(ctx); err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	p.Term.Printf("  %s passed in %.0f s", l.name, time.Since(start).Seconds())
	if err := os.MkdirAll(filepath.Dir(passed), 0o755); err != nil {
		return err
	}
	return os.WriteFile(passed, []byte(content.String()), 0o644)
}

// step runs one command of the tests in the checkout.
func (p *Project) step(ctx context.Context, c command.Cmd) error {
	p.Term.Printf("> %s", &c)
	c.Dir, c.Log = p.Root, p.Store.Log("test")
	return c.Run(ctx)
}
