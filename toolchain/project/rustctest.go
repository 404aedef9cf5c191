package project

import (
	"context"
	"fmt"
	"strings"

	"rex/toolchain/rustc"
)

// least is how many tests of each kind pass at any rate: fewer means that they did not run as they should.
const least = 1000

// TestRustc runs rustc's own tests with our compiler, and with the one that built it, which has no patches. What passes
// with that and fails with ours is an error. It takes a quarter of an hour.
func (p *Project) TestRustc(ctx context.Context) error {
	results, err := p.Runner.Run(ctx, p.rustc, p.rustcSource, p.stage0)
	if err != nil {
		return err
	}
	const name = "rustc-tests"
	unlock, err := p.Store.Lock(ctx, name, nil)
	if err != nil {
		return err
	}
	defer unlock()
	workspace, err := p.Store.Workspace(name)
	if err != nil {
		return err
	}
	stage0 := results[p.stage0.Name].Dir
	outcomes, err := (&rustc.Suite{
		Source: results[p.rustcSource.Name].Dir, Workspace: workspace, Stage0: stage0, Patched: results[p.rustc.Name].Dir, Peer: stage0,
		Jobs: p.pool.Size(), Log: p.Store.Log(name), Output: p.Term,
	}).Run(ctx)
	if err != nil {
		return err
	}
	var regressed []string
	for _, o := range outcomes {
		p.Term.Printf("  %s", o)
		if o.Both < least {
			return fmt.Errorf("%s: only %d pass with both compilers, of at least %d; see %s", o.Kind, o.Both, least, p.Store.Log(name))
		}
		regressed = append(regressed, o.Regressed...)
	}
	if len(regressed) > 0 {
		return fmt.Errorf("the patches break %d of rustc's tests, which pass without them; see %s:\n  %s",
			len(regressed), p.Store.Log(name), strings.Join(regressed, "\n  "))
	}
	return nil
}
