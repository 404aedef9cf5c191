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
	"rex/toolchain/store"
)

// Test runs all layers of tests: formatting and linters, unit tests, and, unless REX_TEST_SHORT=1, the tests of
// every stage's artifacts and those that boot the kernel.
func (p *Project) Test(ctx context.Context) error {
	short := os.Getenv("REX_TEST_SHORT") == "1"
	// Unit tests run make, patch and git.
	if err := p.InstallDeps(ctx, os.Getenv("REX_YES") == "1"); err != nil {
		return err
	}
	if err := p.formatted(ctx); err != nil {
		return err
	}
	for _, c := range []command.Cmd{
		{Path: "go", Args: []string{"vet", "./..."}},
		{Path: "go", Args: []string{"tool", "staticcheck", "./..."}},
	} {
		if err := p.step(ctx, c); err != nil {
			return err
		}
	}
	if err := p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-short", "./..."}, Stdout: p.Term}); err != nil {
		return err
	}
	if short {
		p.Term.Printf("skipped, as REX_TEST_SHORT=1: tests of the stages' artifacts, and those that boot the kernel")
		return nil
	}
	samples, err := p.Samples()
	if err != nil {
		return err
	}
	results, err := p.Runner.Run(ctx, slices.Concat(p.All(), samples)...)
	if err != nil {
		return err
	}
	if err := p.Link(results); err != nil {
		return err
	}
	if err := p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-timeout=10m", "./toolchain/librex"}, Stdout: p.Term}); err != nil {
		return err
	}
	var all []string
	for name := range results {
		all = append(all, name)
	}
	slices.Sort(all)
	for _, layer := range []layer{
		{"tests of the LLVM passes", []string{p.passes.Name}, []string{"llvm-passes"}, p.lit},
		{"tests of the compiler", []string{p.rustc.Name, p.passes.Name}, []string{"toolchain/rustc"}, func(ctx context.Context) error {
			return p.step(ctx, command.Cmd{
				Path: "go", Args: []string{"test", "-count=1", "-timeout=20m", "./toolchain/rustc"}, Stdout: p.Term,
				Env: []string{"REX_TEST_RUSTC=" + results[p.rustc.Name].Dir, "REX_TEST_PASSES=" + filepath.Join(results[p.passes.Name].Dir, passes.File)},
			})
		}},
		{"tests of artifacts and samples", all, []string{"toolchain", "samples", "configs"}, func(ctx context.Context) error {
			return p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-count=1", "-v", "-timeout=30m", "./toolchain/acceptance"}, Env: []string{"REX_ACCEPTANCE=1"}, Stdout: p.Term})
		}},
		{"tests of the kernel", []string{p.kernel.Name, p.tools.Name, p.librex.Name, p.agent.Name}, []string{"kernel/tests", "samples/error_injector"}, func(ctx context.Context) error {
			result, err := p.TestKernel(ctx, p.Term)
			if err != nil {
				return err
			}
			return result.Err()
		}},
	} {
		if err := p.once(ctx, layer, results); err != nil {
			return err
		}
	}
	p.Term.Printf("not run, as they take long: mage test:kernel-debug, mage test:selftests")
	return nil
}

// layer is a kind of tests that is run once for each content.
type layer struct {
	name   string
	stages []string // whose results it tests
	trees  []string // sources that shape it, below the checkout
	work   func(context.Context) error
}

// once runs a layer unless it has passed with the same content; REX_TEST_AGAIN=1 runs it in any case.
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

// formatted refuses Go files that gofmt would change.
func (p *Project) formatted(ctx context.Context) error {
	p.Term.Printf("> gofmt")
	out, err := (&command.Cmd{Path: "gofmt", Args: []string{"-l", "toolchain", "magefiles"}, Dir: p.Root}).Output(ctx)
	if err != nil {
		return err
	}
	if out != "" {
		return fmt.Errorf("gofmt would change:\n%srun gofmt -w on them", out)
	}
	return nil
}

// step runs one command of the tests in the checkout.
func (p *Project) step(ctx context.Context, c command.Cmd) error {
	p.Term.Printf("> %s", &c)
	c.Dir, c.Log = p.Root, p.Store.Log("test")
	return c.Run(ctx)
}

// lit runs the tests of the LLVM passes.
func (p *Project) lit(ctx context.Context) error {
	unlock, err := p.Store.Lock(ctx, p.passes.Name, nil)
	if err != nil {
		return err
	}
	defer unlock()
	workspace, err := p.Store.Workspace(p.passes.Name)
	if err != nil {
		return err
	}
	b := p.passesBuild(workspace)
	b.Log, b.Output = p.Store.Log("lit"), p.Term
	return b.Test(ctx)
}
