package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/magefile/mage/mg"

	"rex/toolchain/project"
)

// Pins is about what is fetched, and from where: configs/pins.toml and configs/tools.lock.
type Pins mg.Namespace

// Verify asks every origin of every source for what is pinned.
func (Pins) Verify(ctx context.Context) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.VerifyPins(ctx, os.Stdout) })
}

// Update measures COMPONENT anew and rewrites its digests, after a change of its version or origins; COMPONENT tools
// finds the packages of the tools tree anew, and all does it all and tells what does not fit.
func (Pins) Update(ctx context.Context, component string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error {
		update := func(ctx context.Context, out io.Writer) error { return p.UpdatePin(ctx, component, out) }
		switch component {
		case "tools":
			update = p.UpdateTools
		case "all":
			update = p.UpdateAll
		}
		if err := update(ctx, os.Stdout); err != nil {
			return err
		}
		fmt.Println("review configs/ with `git diff` before you trust it")
		return nil
	})
}

// Fetch brings COMPONENT into the cache, such as upstream-linux, which the build does not need.
func (Pins) Fetch(ctx context.Context, component string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.FetchPin(ctx, component) })
}

// Mirror writes all sources to DIR, as a mirror for machines without a network.
func (Pins) Mirror(ctx context.Context, dir string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.MirrorPins(ctx, dir) })
}

// Tools is about the tools tree.
type Tools mg.Namespace

// Image writes the tools tree, with Go, as a container image to the OCI image layout in DIR: for CI jobs and dev containers.
func (Tools) Image(ctx context.Context, dir string) error {
	return with(ctx, func(ctx context.Context, p *project.Project) error { return p.ToolsImage(ctx, dir) })
}
