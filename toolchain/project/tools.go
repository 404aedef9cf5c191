package project

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rex/toolchain/command"
	"rex/toolchain/digest"
	"rex/toolchain/sandbox"
	"rex/toolchain/tools"
)

const (
	toolsConfig = "configs/tools.toml"
	toolsLock   = "configs/tools.lock"
)

// Tools returns the tools tree, which is unpacked if need be.
func (p *Project) Tools(ctx context.Context) (*tools.Tree, error) {
	config, err := tools.LoadConfig(p.path(toolsConfig))
	if err != nil {
		return nil, err
	}
	lock, err := tools.LoadLock(p.path(toolsLock))
	if err != nil {
		return nil, err
	}
	s := tools.Stage(config, lock, p.fetcher.WithSnapshot(config.Snapshot, lock.Snapshot))
	results, err := p.Runner.Run(ctx, s)
	if err != nil {
		return nil, err
	}
	return &tools.Tree{Config: config, Dir: results[s.Name].Dir}, nil
}

// ToolsShell gives the terminal to a shell in the tools tree, with the checkout in /checkout, for reading only.
func (p *Project) ToolsShell(ctx context.Context) error {
	tree, err := p.Tools(ctx)
	if err != nil {
		return err
	}
	cmd, err := tree.Command(command.Cmd{
		Path: "bash", Dir: "/checkout", Terminal: true, Env: []string{"TERM=" + os.Getenv("TERM"), `PS1=rex:\w\$ `},
	}, sandbox.Box{Mounts: []sandbox.Mount{{Host: p.Root, Inside: "/checkout"}}})
	if err != nil {
		return err
	}
	p.Term.Printf("the tools tree; the checkout can be read, /tmp written, and the network is not there; `exit` leaves")
	if err := cmd.Run(ctx); err != nil && command.ExitCode(err) < 0 {
		return err
	}
	return nil // what the last command of a shell said is not ours
}

// UpdateTools finds anew the packages of the tools tree, makes it, and writes the lock; out gets what changed.
func (p *Project) UpdateTools(ctx context.Context, out io.Writer) error {
	tree, err := p.Tools(ctx)
	if err != nil {
		return err
	}
	if len(p.fetcher.Mirrors) == 0 {
		return errors.New("this host's apt has no mirror of the Debian archive; set REX_DEBIAN_MIRROR to one")
	}
	old, err := tools.LoadLock(p.path(toolsLock))
	if err != nil {
		return err
	}
	lock, err := tree.Resolve(ctx, p.fetcher.Mirrors[0], p.Store.Log("pins"))
	if err != nil {
		return err
	}
	files, err := p.fetcher.Packages(ctx, "the packages of the tools tree", lock.Packages)
	if err != nil {
		return err
	}
	draft, err := p.Store.Draft(tools.StageName)
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
	changes := old.Changes(lock)
	for _, c := range changes {
		fmt.Fprintln(out, c)
	}
	if len(changes) == 0 && lock.Tree == old.Tree {
		fmt.Fprintln(out, "nothing has changed")
		return nil
	}
	file := p.path(toolsLock)
	if err := os.WriteFile(file+".new", lock.Format(), 0o644); err != nil {
		return err
	}
	return os.Rename(file+".new", filepath.Clean(file))
}
