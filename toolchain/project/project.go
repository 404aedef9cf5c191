// Package project is Rex's own build graph: which stages there are, what each of them reads, and
// which package does its work. It is the one place that knows them all.
package project

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"rex/toolchain/checkout"
	"rex/toolchain/deps"
	"rex/toolchain/fetch"
	"rex/toolchain/jobserver"
	"rex/toolchain/kernel"
	"rex/toolchain/pin"
	"rex/toolchain/report"
	"rex/toolchain/signing"
	"rex/toolchain/stage"
	"rex/toolchain/store"
)

// Project is a checkout and its cache.
type Project struct {
	Root   string // of the checkout
	Store  *store.Store
	Term   *report.Terminal
	Runner *stage.Runner
	Deps   *deps.Config

	pins     pin.Pins
	fetcher  *fetch.Fetcher
	pool     *jobserver.Pool
	compiler kernel.Compiler
	variant  string // of the kernel: "", debugVariant or stockVariant
	probe    func() []deps.Finding
	key      func() (*signing.Key, error) // made when first asked for; clean keeps it
	stages
}

// Open opens the checkout that dir is in. Close it.
func Open(ctx context.Context, dir string) (*Project, error) {
	root, err := checkout.Root(dir)
	if err != nil {
		return nil, err
	}
	cache, err := store.Root()
	if err != nil {
		return nil, err
	}
	p := &Project{Root: root}
	if p.Store, err = store.Open(cache); err != nil {
		return nil, err
	}
	if p.pins, err = pin.Load(p.path("configs/pins.toml")); err != nil {
		return nil, err
	}
	if p.Deps, err = deps.Load(p.path("configs/deps.toml")); err != nil {
		return nil, err
	}
	if p.compiler, err = kernel.ParseCompiler(os.Getenv("REX_KERNEL_COMPILER")); err != nil {
		return nil, err
	}
	if p.pool, err = jobserver.New(runtime.NumCPU()); err != nil {
		return nil, err
	}
	p.Term = report.NewTerminal(os.Stderr)
	if p.fetcher, err = fetch.New(filepath.Join(cache, "downloads"), p.Term); err != nil {
		p.Close()
		return nil, err
	}
	p.probe = sync.OnceValue(func() []deps.Finding { return p.Deps.Probe(ctx) })
	p.key = sync.OnceValues(func() (*signing.Key, error) { return signing.Open(p.keys()) })
	p.Runner = &stage.Runner{Store: p.Store, Pool: p.pool, Observer: p.Term, Before: p.before}
	p.define()
	return p, nil
}

const (
	debugVariant = "-debug" // with configs/kernel/debug.config
	stockVariant = "-stock" // without the patch series
)

// UseDebugKernel makes the graph one in which configs/kernel/debug.config is part of the kernel.
func (p *Project) UseDebugKernel() { p.useVariant(debugVariant) }

// useVariant makes the graph that of another kernel.
func (p *Project) useVariant(variant string) {
	p.variant = variant
	p.define()
}

// Close gives back what Open took.
func (p *Project) Close() {
	p.Term.Close()
	p.pool.Close()
}

// keys is the folder of the key that extensions are signed with.
func (p *Project) keys() string { return filepath.Join(p.Store.Dir(), "keys", "signing") }

func (p *Project) path(rel string) string { return filepath.Join(p.Root, rel) }

// Findings are the host's tools, probed once.
func (p *Project) Findings() []deps.Finding { return p.probe() }

// Tool returns the path of a tool of configs/deps.toml.
func (p *Project) Tool(name string) string { return p.tool(name).Path }

// tool returns what was found of a tool of configs/deps.toml.
func (p *Project) tool(name string) deps.Finding {
	for _, f := range p.probe() {
		if f.Tool.Name == name {
			return f
		}
	}
	panic("project: configs/deps.toml has no tool " + name)
}

// needs is what the stages take of the disk, in bytes, as measured; it includes workspaces.
var needs = map[string]int64{
	"linux-source": 1800 << 20, "kernel": 1600 << 20, "kernel-debug": 4000 << 20, "linux-source-stock": 1800 << 20, "kernel-stock": 1600 << 20, "selftests": 900 << 20,
	"tools": 1600 << 20, "rustc-source": 1600 << 20, "stage0": 400 << 20, "rustc": 3600 << 20,
	"toolchain": 50 << 20, "libbpf": 60 << 20, "passes": 30 << 20, "librex": 5 << 20, "bindings": 5 << 20, "agent": 5 << 20,
}

// before refuses a run that the host is not ready for, before an hour has gone into it.
func (p *Project) before(ctx context.Context, missing []*stage.Stage) error {
	if faults := deps.Missing(p.Findings()); len(faults) > 0 {
		if err := p.InstallDeps(ctx, os.Getenv("REX_YES") == "1"); err != nil {
			return err
		}
	}
	var bytes int64
	for _, s := range missing {
		bytes += needs[s.Name]
	}
	free, err := p.Store.Free()
	if err != nil {
		return err
	}
	if bytes > 0 {
		p.Term.Printf("%d stages to build: about %s of disk in %s (%s free)", len(missing), size(bytes), p.Store.Dir(), size(free))
	}
	if free < bytes {
		return fmt.Errorf("%s has %s free and the build needs about %s; make room, or set REX_CACHE to a folder that has it", p.Store.Dir(), size(free), size(bytes))
	}
	return nil
}

// DiskFull says of err, an ENOSPC, which folder is full and what to do.
func (p *Project) DiskFull(err error) error {
	var path *fs.PathError
	if tmp := os.TempDir(); errors.As(err, &path) && strings.HasPrefix(path.Path, tmp+"/") {
		return fmt.Errorf("the disk is full: %s; make room, or set TMPDIR to a folder that has it", tmp)
	}
	return fmt.Errorf("the disk is full: %s; make room, or set REX_CACHE to a folder that has it", p.Store.Dir())
}

func size(n int64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}

// InstallDeps installs what the host lacks, if it may, and probes again.
func (p *Project) InstallDeps(ctx context.Context, yes bool) error {
	faults := deps.Missing(p.Findings())
	if len(faults) == 0 {
		return nil
	}
	p.Term.Printf("%s", deps.Table(faults))
	log := p.Store.Log("deps")
	p.Term.Printf("> packages       installing what is missing (log: %s)", log)
	if err := p.Deps.Install(ctx, faults, yes, p.Term.Ask, log); err != nil {
		return err
	}
	p.Term.Printf("✓ packages       installed")
	p.probe = sync.OnceValue(func() []deps.Finding { return p.Deps.Probe(ctx) })
	if faults := deps.Missing(p.Findings()); len(faults) > 0 {
		return fmt.Errorf("after the installation these are still not right:\n%s", deps.Table(faults))
	}
	return nil
}

// Fetch downloads every pinned component without unpacking.
func (p *Project) Fetch(ctx context.Context) error {
	for _, name := range []string{"linux", "rustc", "stage0"} {
		c, err := p.pins.Component(name)
		if err != nil {
			return err
		}
		if _, err := p.fetcher.Download(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// Link makes build/<stage> in the checkout lead to the results.
func (p *Project) Link(results map[string]*store.Result) error {
	dir := p.path("build")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for name, r := range results {
		link := filepath.Join(dir, name)
		if old, err := os.Readlink(link); err == nil && old == r.Dir {
			continue
		}
		if err := os.RemoveAll(link); err != nil {
			return err
		}
		if err := os.Symlink(r.Dir, link); err != nil {
			return err
		}
	}
	return nil
}
