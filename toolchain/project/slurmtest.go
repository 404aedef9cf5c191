package project

import (
	"context"
	"path/filepath"
	"slices"

	"rex/toolchain/command"
	"rex/toolchain/slurm"
	"rex/toolchain/stage"
)

// TestSlurm runs jobs on a real cluster, which it starts on this host: a controller and nodes that share nothing with this machine but a
// registry.
func (p *Project) TestSlurm(ctx context.Context) error {
	samples, err := p.Samples()
	if err != nil {
		return err
	}
	registry := p.registry()
	results, err := p.Runner.Run(ctx, slices.Concat(p.All(), samples, []*stage.Stage{registry})...)
	if err != nil {
		return err
	}
	h, err := slurm.Host()
	if err != nil {
		return err
	}
	tree, err := p.hostTree(ctx, h, results[p.tools.Name].Dir)
	if err != nil {
		return err
	}
	return p.step(ctx, command.Cmd{Path: "go", Args: []string{"test", "-count=1", "-v", "-timeout=60m", "./toolchain/slurm"}, Stdout: p.Term, Env: []string{
		"REX_TEST_SLURM=" + tree, "REX_TEST_CHECKOUT=" + p.Root, "REX_TEST_CACHE=" + p.Store.Dir(),
		"REX_TEST_REGISTRY=" + filepath.Join(results[registry.Name].Dir, "registry"),
		"TMPDIR=" + p.Store.Dir(), // the disk with room
	}})
}
