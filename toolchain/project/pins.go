package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rex/toolchain/pin"
)

// sources are the components that the build is made from.
var sources = []string{"linux", "rustc", "stage0"}

// each calls work with every component of the build.
func (p *Project) each(work func(*pin.Component) error) error {
	for _, name := range sources {
		c, err := p.pins.Component(name)
		if err != nil {
			return err
		}
		if err := work(c); err != nil {
			return err
		}
	}
	return nil
}

// VerifyPins asks every origin of every component for what is pinned, and writes what came of it. It is an
// error if an origin has something else, or if no origin of a component answers.
func (p *Project) VerifyPins(ctx context.Context, out io.Writer) error {
	var faults []error
	err := p.each(func(c *pin.Component) error {
		verdicts, err := p.fetcher.Verify(ctx, c)
		if err != nil {
			return err
		}
		good := false
		for _, v := range verdicts {
			fmt.Fprintln(out, v)
			good = good || v.Err == nil
			if v.Mismatch() {
				faults = append(faults, fmt.Errorf("%s: an origin has something else than what is pinned", c.Name))
			}
		}
		if !good {
			faults = append(faults, fmt.Errorf("%s: no origin works", c.Name))
		}
		return nil
	})
	return errors.Join(append(faults, err)...)
}

// UpdatePin measures what a component's origins have now and writes it into the pins.
func (p *Project) UpdatePin(ctx context.Context, name string, out io.Writer) error {
	c, err := p.pins.Component(name)
	if err != nil {
		return err
	}
	now, verdicts, err := p.fetcher.Measure(ctx, c)
	if err != nil {
		return err
	}
	for _, v := range verdicts {
		fmt.Fprintln(out, v)
	}
	file := p.path("configs/pins.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if text, err = pin.Rewrite(text, now); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return os.WriteFile(file, text, 0o644)
}

// UpdateAll moves everything as one: the tools tree, and the components to the versions that the pins name. Then it tells whether the patch
// series still apply and the LLVM passes still compile.
func (p *Project) UpdateAll(ctx context.Context, out io.Writer) error {
	if err := p.UpdateTools(ctx, out); err != nil {
		return err
	}
	for _, name := range sources {
		if err := p.UpdatePin(ctx, name, out); err != nil {
			return err
		}
	}
	now, err := Open(ctx, p.Root)
	if err != nil {
		return err
	}
	defer now.Close()
	if _, err := now.Runner.Run(ctx, now.linuxSource, now.rustcSource, now.passes); err != nil {
		return fmt.Errorf("the pins are written, and something does not fit them yet (docs/moving-pins.md): %w", err)
	}
	return nil
}

// Fetch brings all that the build is made from into the cache.
func (p *Project) Fetch(ctx context.Context) error {
	if _, err := p.fetcher.Packages(ctx, "the packages of the tools tree", p.tree.Lock.Packages); err != nil {
		return err
	}
	return p.each(func(c *pin.Component) error {
		_, err := p.fetcher.Download(ctx, c)
		return err
	})
}

// FetchPin brings a component into the cache, whether the build needs it or not.
func (p *Project) FetchPin(ctx context.Context, name string) error {
	c, err := p.pins.Component(name)
	if err != nil {
		return err
	}
	if _, err := p.fetcher.Download(ctx, c); err != nil {
		return err
	}
	p.Term.Printf("✓ %s %s is in %s", c.Name, c.Version, p.fetcher.Cache)
	return nil
}

// MirrorPins writes all that the build fetches to dir, as a mirror for machines without a network.
func (p *Project) MirrorPins(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := p.Fetch(ctx); err != nil {
		return err
	}
	if err := p.each(func(c *pin.Component) error { return p.fetcher.Mirror(ctx, c, dir) }); err != nil {
		return err
	}
	if err := p.fetcher.MirrorFiles(ctx, p.tree.Lock.Packages, dir); err != nil {
		return fmt.Errorf("mirror the tools tree: %w", err)
	}
	p.Term.Printf("✓ a machine without a network can build from it: REX_DEBIAN_MIRROR=file://%s", dir)
	return nil
}
