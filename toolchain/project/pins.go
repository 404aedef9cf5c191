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

// MirrorPins writes all that the build fetches to dir, as a mirror for machines without a network.
func (p *Project) MirrorPins(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if err := p.each(func(c *pin.Component) error { return p.fetcher.Mirror(ctx, c, dir) }); err != nil {
		return err
	}
	p.Term.Printf("✓ a machine without a network can build from it: REX_DEBIAN_MIRROR=file://%s", dir)
	return nil
}
