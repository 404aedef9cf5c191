// Package tools makes the tools tree, a file tree of Debian packages that is pinned to the byte, and runs programs in it.
package tools

import (
	"context"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/fetch"
	"rex/toolchain/sandbox"
	"rex/toolchain/stage"
)

// StageName is the name of the stage that unpacks the tree.
const StageName = "tools"

// Stage returns the stage that makes the tree which the lock pins. It runs no program: nothing but Go is needed for it.
func Stage(c *Config, l *Lock, f *fetch.Fetcher) *stage.Stage {
	return &stage.Stage{
		Name: StageName, Doc: "the tools tree", Output: l.Tree,
		Inputs: func(ctx context.Context, in *stage.Inputs) error {
			in.Value("lock", string(l.Format()))
			in.Value("config", c.shape())
			return nil
		},
		Build: func(ctx context.Context, b *stage.Build) error {
			files, err := f.Packages(ctx, "the packages of the tools tree", l.Packages)
			if err != nil {
				return err
			}
			return Unpack(ctx, c, l, files, b.Out)
		},
	}
}

// Tree is a finished tools tree.
type Tree struct {
	Config *Config
	Dir    string
}

// Command returns a command that runs cmd in the tree. It sees the mounts of the box, whose Tree is not used; its
// environment is cmd.Env beside one language, one time zone, and a home that holds nothing.
func (t *Tree) Command(cmd command.Cmd, box sandbox.Box) (*command.Cmd, error) {
	box.Tree = t.Dir
	cmd.Env = append([]string{
		"PATH=" + strings.Join(t.Config.Path, ":"), "HOME=/tmp", "USER=rex", "LOGNAME=rex", "LC_ALL=C.UTF-8", "TZ=UTC",
	}, cmd.Env...)
	return box.Command(cmd)
}
