package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"rex/toolchain/deps"
	"rex/toolchain/digest"
	"rex/toolchain/sandbox"
	"rex/toolchain/tools"
)

const (
	toolsConfig = "configs/tools.toml"
	hostConfig  = "configs/deps.toml"
	toolsLock   = "configs/tools.lock"
)

// choice is which tools stages are built with.
type choice struct {
	toolset tools.Tools
	why     string
	none    error       // neither the tree nor the host's tools can be used, and why
	tree    *tools.Tree // used or not
}

// chooseTools decides with which tools stages are built: what REX_TOOLS says, else those of the tree where this machine makes
// namespaces, else the host's own if it has them all.
func (p *Project) chooseTools(ctx context.Context) error {
	tree, err := tools.OpenTree(p.path(toolsConfig), p.path(toolsLock))
	if err != nil {
		return err
	}
	p.fetcher = p.fetcher.WithSnapshot(tree.Config.Snapshot, tree.Lock.Snapshot)
	tree.Fetcher = p.fetcher
	p.toolset, p.tree = tree, tree
	switch v := os.Getenv("REX_TOOLS"); v {
	case "tree":
		p.why, p.none = "REX_TOOLS=tree", sandbox.Available(ctx)
	case "host":
		host, err := p.hostTools(ctx)
		if err != nil {
			return err
		}
		p.toolset, p.why = host, "REX_TOOLS=host"
	case "":
		p.why = "this machine makes namespaces"
		fault := sandbox.Available(ctx)
		if fault == nil {
			return nil
		}
		host, err := p.hostTools(ctx)
		if err != nil {
			return err
		}
		if missing := deps.Missing(host.Probe()); len(missing) > 0 {
			p.none = fmt.Errorf("%w; nor does this host have the tools to do without (REX_TOOLS=host): %d are missing", fault, len(missing))
			return nil
		}
		p.toolset, p.why = host, fault.Error()
	default:
		return fmt.Errorf("REX_TOOLS is %q; it takes tree or host", v)
	}
	return nil
}

// hostTools are the host's own.
func (p *Project) hostTools(ctx context.Context) (*tools.Host, error) {
	config, err := deps.Load(p.path(hostConfig))
	if err != nil {
		return nil, err
	}
	probe := sync.OnceValue(func() []deps.Finding { return config.Probe(ctx) })
	return &tools.Host{Deps: config, Cache: filepath.Join(p.Store.Dir(), "host"), Probe: probe}, nil
}

// CheckTools writes to out which tools stages are built with, and why. It is an error if something is missing for it.
func (p *Project) CheckTools(ctx context.Context, out io.Writer) error {
	if p.none != nil {
		return p.none
	}
	host, ok := p.toolset.(*tools.Host)
	if !ok {
		fmt.Fprintf(out, "the tools tree of %s is used (%s); nothing of the host is needed\n", toolsLock, p.why)
		return nil
	}
	fmt.Fprintf(out, "this host's own tools are used: %s\n", p.why)
	fmt.Fprint(out, deps.Table(host.Probe()))
	missing := deps.Missing(host.Probe())
	if len(missing) == 0 {
		return nil
	}
	manager, err := host.Deps.Manager()
	if err != nil {
		return err
	}
	return fmt.Errorf("%d tools are missing or unsuitable; install them with `mage deps:install`, or by hand:\n  %s",
		len(missing), strings.Join(host.Deps.InstallCommand(missing, manager), " "))
}

// InstallTools installs what the host lacks for REX_TOOLS=host, if it may.
func (p *Project) InstallTools(ctx context.Context, yes bool) error {
	host, err := p.hostTools(ctx)
	if err != nil {
		return err
	}
	faults := deps.Missing(host.Probe())
	if len(faults) == 0 {
		return nil
	}
	p.Term.Printf("%s", deps.Table(faults))
	log := p.Store.Log("deps")
	p.Term.Printf("> packages       installing what is missing (log: %s)", log)
	if err := host.Deps.Install(ctx, faults, yes, p.Term.Ask, log); err != nil {
		return err
	}
	p.Term.Printf("✓ packages       installed")
	if faults := deps.Missing(host.Deps.Probe(ctx)); len(faults) > 0 {
		return fmt.Errorf("after the installation these are still not right:\n%s", deps.Table(faults))
	}
	return nil
}

// Tools makes the tools ready.
func (p *Project) Tools(ctx context.Context) (tools.Ready, error) {
	results, err := p.Runner.Run(ctx, p.tools)
	if err != nil {
		return tools.Ready{}, err
	}
	return tools.Ready{Tools: p.toolset, Dir: results[p.tools.Name].Dir}, nil
}

// UpdateTools finds anew the packages of the tools tree, makes it, and writes the lock; out gets what changed.
func (p *Project) UpdateTools(ctx context.Context, out io.Writer) error {
	ready, err := p.Tools(ctx)
	if err != nil {
		return err
	}
	if ready.Tools != p.tree {
		return errors.New("apt's solver runs in the tools tree, which REX_TOOLS=host leaves out")
	}
	tree := p.tree
	mirror, err := p.debianMirror()
	if err != nil {
		return err
	}
	lock, err := tree.Resolve(ctx, ready.Dir, mirror, p.Store.Log("pins"))
	if err != nil {
		return err
	}
	files, err := p.fetcher.WithSnapshot(tree.Config.Snapshot, lock.Snapshot).Packages(ctx, "the packages of the tools tree", lock.Packages)
	if err != nil {
		return err
	}
	draft, err := p.Store.Draft(p.tools.Name)
	if err != nil {
		return err
	}
	defer draft.Discard()
	if err := tools.Unpack(ctx, tree.Config, lock, files, draft.Dir); err != nil {
		return err
	}
	if lock.Tree, err = digest.Tree(ctx, draft.Dir, nil); err != nil {
		return err
	}
	changes := tree.Lock.Changes(lock)
	for _, c := range changes {
		fmt.Fprintln(out, c)
	}
	if len(changes) == 0 && lock.Tree == tree.Lock.Tree {
		fmt.Fprintln(out, "nothing has changed")
		return nil
	}
	file := p.path(toolsLock)
	if err := os.WriteFile(file+".new", lock.Format(), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", filepath.Clean(file))
}
