package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"rex/toolchain/command"
	"rex/toolchain/rustc"
	"rex/toolchain/sample"
	"rex/toolchain/sandbox"
	"rex/toolchain/tools"
	"rex/toolchain/worktree"
)

// Vendor brings the crates that an extension names, and that have no path, into its folder vendor: from the registry that the person's
// own cargo would ask. Builds, which have no network, find them there.
func (p *Project) Vendor(ctx context.Context, name string) error {
	if p.fetcher.Offline {
		return errors.New("REX_OFFLINE=1, and crates come from a registry")
	}
	st, s, err := p.Sample(name)
	if err != nil {
		return err
	}
	results, err := p.Runner.Run(ctx, p.toolchain)
	if err != nil {
		return err
	}
	toolchain := results[p.toolchain.Name].Dir
	const place = "extension"
	root, err := os.MkdirTemp("", "rex-vendor-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	if _, err := p.assemble(ctx, s, root, place); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(s.Dir, ".vendor-") // beside what it will be, to be renamed
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ready := tools.Ready{Tools: p.toolset, Dir: results[p.tools.Name].Dir}
	box := sandbox.Box{Network: true, Mounts: append(tools.Network(),
		sandbox.Mount{Host: root, Inside: root, Writable: true}, sandbox.Mount{Host: dir, Inside: dir, Writable: true}, sandbox.Mount{Host: toolchain, Inside: toolchain})}
	home := filepath.Join(dir, "cargo")
	if err := os.Mkdir(home, 0o755); err != nil {
		return err
	}
	if err := p.cargoSettings(home); err != nil {
		return err
	}
	log := p.Store.Log("vendor-" + st.Name)
	cmd, err := ready.Command(command.Cmd{
		Path: filepath.Join(toolchain, "libexec/cargo"), Dir: filepath.Join(root, place), Log: log,
		Args: []string{"vendor", "--quiet", "--versioned-dirs", "--respect-source-config", filepath.Join(dir, "new")},
		Env:  append(tools.Proxies(), "CARGO_HOME="+home, "RUSTC="+filepath.Join(toolchain, rustc.Rustc)),
	}, box)
	if err != nil {
		return err
	}
	if err := cmd.Run(ctx); err != nil {
		return fmt.Errorf("the crates of %s: %w", s.Name, err)
	}
	brought, err := p.takeCrates(filepath.Join(dir, "new"), filepath.Join(toolchain, rustc.Vendor))
	if err != nil {
		return err
	}
	target := filepath.Join(s.Dir, sample.VendorDir)
	if err := os.Rename(target, filepath.Join(dir, "old")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(brought) == 0 {
		p.Term.Printf("✓ vendor         %s names no crate that the toolchain does not bring", s.Name)
		return nil
	}
	if err := os.Rename(filepath.Join(dir, "new"), target); err != nil {
		return err
	}
	p.Term.Printf("✓ vendor         %d crates in %s; the compiler holds each to what it holds an extension to (docs/subset.md)", len(brought), target)
	return nil
}

// takeCrates leaves in dir what cargo has vendored and the toolchain does not offer, and returns the names of the folders.
func (p *Project) takeCrates(dir, offered string) ([]string, error) {
	known, err := os.ReadDir(offered)
	if err != nil {
		return nil, err
	}
	all, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var brought []string
	for _, crate := range all {
		ours := func(e os.DirEntry) bool {
			return e.Name() == crate.Name() || slices.Contains(rustc.MacroCrates, rustc.CrateName(crate.Name())) // of one version, the tested one
		}
		if slices.ContainsFunc(known, ours) {
			if err := os.RemoveAll(filepath.Join(dir, crate.Name())); err != nil {
				return nil, err
			}
			continue
		}
		brought = append(brought, crate.Name())
	}
	return brought, nil
}

// cargoSettings gives a cargo home what the person's own says of registries and of how to reach them.
func (p *Project) cargoSettings(home string) error {
	own := os.Getenv("CARGO_HOME")
	if own == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			return nil // nobody's
		}
		own = filepath.Join(user, ".cargo")
	}
	for _, name := range []string{"config.toml", "config", "credentials.toml"} {
		err := worktree.Copy(filepath.Join(own, name), filepath.Join(home, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}
