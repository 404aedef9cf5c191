package project

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"rex/toolchain/command"
	"rex/toolchain/digest"
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
	results, err := p.Runner.Run(ctx, append(p.All(), samples...)...)
	if err != nil {
		return err
	}
	if err := p.Link(results); err != nil {
		return err
	}
	workspace, err := p.Store.Workspace("passes")
	if err != nil {
		return err
	}
	if err := p.lit(ctx, workspace); err != nil {
		return err
	}
	if err := p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-timeout=10m", "./toolchain/librex"}, Stdout: p.Term}); err != nil {
		return err
	}
	return p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-count=1", "-v", "-timeout=30m", "./toolchain/acceptance"}, Env: []string{"REX_ACCEPTANCE=1"}, Stdout: p.Term})
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

// lit runs the tests of the LLVM passes, once for each content of llvm-passes.
func (p *Project) lit(ctx context.Context, workspace string) error {
	sum, err := digest.Tree(ctx, p.path("llvm-passes"), nil)
	if err != nil {
		return err
	}
	mark := filepath.Join(workspace, "tested-"+sum[:24])
	if _, err := os.Stat(mark); err == nil {
		p.Term.Printf("> lit: llvm-passes passed as it is")
		return nil
	}
	p.Term.Printf("> lit: llvm-passes")
	unlock, err := p.Store.Lock(ctx, "passes", nil)
	if err != nil {
		return err
	}
	defer unlock()
	b := p.passesBuild(workspace)
	b.Log, b.Output = p.Store.Log("lit"), p.Term
	if err := b.Test(ctx); err != nil {
		return fmt.Errorf("tests of the LLVM passes: %w", err)
	}
	return os.WriteFile(mark, nil, 0o644)
}
