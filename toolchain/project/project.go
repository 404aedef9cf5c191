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

	"rex/toolchain/checkout"
	"rex/toolchain/dist"
	"rex/toolchain/fetch"
	"rex/toolchain/jobserver"
	"rex/toolchain/kernel"
	"rex/toolchain/pin"
	"rex/toolchain/recipe"
	"rex/toolchain/report"
	"rex/toolchain/signing"
	"rex/toolchain/stage"
	"rex/toolchain/store"
	"rex/toolchain/tools"
)

// Project is a checkout and its cache.
type Project struct {
	Root   string // of the checkout
	Store  *store.Store
	Term   *report.Terminal
	Runner *stage.Runner

	pins      pin.Pins
	fetcher   *fetch.Fetcher
	pool      *jobserver.Pool
	compiler  kernel.Compiler
	variant   string // of the kernel: "", debugVariant, stockVariant, ownVariant, or withFragment and a name
	keys      string // folder of this user's keys
	keyDir    string // of the key that extensions are signed with
	code      *recipe.Module
	outside   map[string]string // extensions that do not lie in the checkout: their folders, by name
	features  []string          // of extensions, in place of those that they name
	debugInfo bool              // of extensions
	release   dist.Release      // of packages
	budget    int64             // bytes that the cache may take
	share     *sharing          // nil without REX_REGISTRY
	trace     *report.Trace
	choice
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
	if p.budget, err = p.Store.Budget(os.Getenv("REX_CACHE_SIZE")); err != nil {
		return nil, err
	}
	if p.pins, err = pin.Load(p.path("configs/pins.toml")); err != nil {
		return nil, err
	}
	if p.compiler, err = kernel.ParseCompiler(os.Getenv("REX_KERNEL_COMPILER")); err != nil {
		return nil, err
	}
	if err := p.useOwnConfig(os.Getenv("REX_KERNEL_CONFIG")); err != nil {
		return nil, err
	}
	if p.code, err = recipe.Open(root, engine); err != nil {
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
	if p.keys = os.Getenv("REX_KEYS"); p.keys == "" {
		p.keys = filepath.Join(cache, "keys")
	}
	p.keyDir = filepath.Join(p.keys, "signing")
	if err := p.chooseTools(ctx); err != nil {
		p.Close()
		return nil, err
	}
	p.trace = report.NewTrace(p.Term)
	p.Runner = &stage.Runner{Store: p.Store, Pool: p.pool, Observer: p.trace, Recipe: p.recipe, Before: p.before, After: p.after, Execute: p.execute}
	if p.share, err = p.openShare(); err == nil && p.share != nil {
		p.Runner.Share = p.share
		if os.Getenv("REX_PUSH") == "1" {
			p.share.key, err = p.pushKey()
		}
	}
	if err != nil {
		p.Close()
		return nil, err
	}
	if err := p.UseRelease(dist.Release{}); err != nil {
		p.Close()
		return nil, err
	}
	p.define(p.toolset.Stage())
	return p, nil
}

// engine decides when stages are built, not what they are.
const engine = "rex/toolchain/stage"

// recipe is the digest of a stage's code, and of what sets the surroundings in which it runs.
func (p *Project) recipe(s *stage.Stage) (string, error) {
	if s.Output != "" {
		return "", nil // whatever makes it, it has to be that
	}
	return p.code.Digest(append([]any{s.Build, (*tools.Tree).Command, (*tools.Host).Command}, s.Calls...)...)
}

const (
	debugVariant = "-debug" // with configs/kernel/debug.config
	stockVariant = "-stock" // without the patch series
	ownVariant   = "-own"   // of a user's configuration
	withFragment = "-with-" // with configs/kernel/NAME.config; before the name
)

// UseDebugKernel makes the graph one in which configs/kernel/debug.config is part of the kernel.
func (p *Project) UseDebugKernel() { p.useVariant(debugVariant) }

// useVariant makes the graph that of another kernel.
func (p *Project) useVariant(variant string) {
	p.variant = variant
	p.define(p.tools)
}

// Close gives back what Open took.
func (p *Project) Close() {
	if p.trace != nil {
		_ = p.trace.Write(filepath.Join(p.Store.Dir(), "logs", "trace.json"))
	}
	p.Term.Close()
	p.pool.Close()
	_ = p.Store.Close()
}

// key is the key that extensions are signed with; it is made when first asked for, and clean keeps it.
func (p *Project) key() (*signing.Key, error) { return signing.Open(p.keyDir) }

func (p *Project) path(rel string) string { return filepath.Join(p.Root, rel) }

// needs is what the stages take of the disk, in bytes, as measured; it includes workspaces.
var needs = map[string]int64{
	"linux-source": 1800 << 20, "kernel": 3400 << 20, "kernel-debug": 5800 << 20, "linux-source-stock": 1800 << 20, "kernel-stock": 3400 << 20, "selftests": 900 << 20,
	"tools": 2000 << 20, "rustc-source": 1300 << 20, "stage0": 400 << 20, "rustc": 4300 << 20,
	"toolchain": 400 << 20, "libbpf": 150 << 20, "passes": 50 << 20, "librex": 5 << 20, "bindings": 5 << 20, "agent": 50 << 20, "wrapper": 50 << 20,
	"tests-unit": 400 << 20, "registry": 600 << 20,
}

// unfit is an error that is this machine's, not the work's.
type unfit struct{ error }

func (u unfit) Unwrap() error { return u.error }

// before refuses a run that the host is not ready for, before an hour has gone into it.
func (p *Project) before(ctx context.Context, missing []*stage.Stage) error {
	if p.none != nil {
		return unfit{p.none}
	}
	var bytes int64
	for _, s := range missing {
		bytes += needs[s.Name]
	}
	free, err := p.Store.Free()
	if err != nil {
		return err
	}
	if free < bytes {
		if err := p.trim(ctx, p.budget, bytes); err != nil {
			return err
		}
		if free, err = p.Store.Free(); err != nil {
			return err
		}
	}
	if bytes > 0 {
		graph, err := p.Runner.Graph(ctx, missing...)
		if err != nil {
			return err
		}
		p.Term.Printf("%d stages to build%s: about %s of disk in %s (%s free)", len(missing), report.Expected(graph, runtime.NumCPU()), size(bytes), p.Store.Dir(), size(free))
	}
	if free < bytes {
		return unfit{fmt.Errorf("%s has %s free and the build needs about %s; make room, or set REX_CACHE to a folder that has it", p.Store.Dir(), size(free), size(bytes))}
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
	return p.Store.Remember(p.Root)
}
