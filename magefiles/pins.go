package main

import (
	"context"
	"fmt"
	"os"

	"github.com/magefile/mage/mg"

	"rex/toolchain/project"
)

// Pins is about what is fetched, and from where: configs/pins.toml.
type Pins mg.Namespace

// Verify asks every origin of every source for what is pinned.
func (Pins) Verify(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.VerifyPins(ctx, os.Stdout) })
}

// Update measures COMPONENT anew and rewrites its digests, after a change of its version or origins; COMPONENT tools
// finds the packages of the tools tree anew.
func (Pins) Update(ctx context.Context, component string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		if component == "tools" {
			if err := p.UpdateTools(ctx, os.Stdout); err != nil {
				return err
			}
			fmt.Println("review configs/tools.lock with `git diff` before you trust it")
			return nil
		}
		if err := p.UpdatePin(ctx, component, os.Stdout); err != nil {
			return err
		}
		fmt.Println("review configs/pins.toml with `git diff` before you trust it")
		return nil
	})
}

// Mirror writes all sources to DIR, as a mirror for machines without a network.
func (Pins) Mirror(ctx context.Context, dir string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.MirrorPins(ctx, dir) })
}
