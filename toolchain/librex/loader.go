// Package librex builds what extensions and loaders are made with: the loader library, and
// the kernel's types for the runtime crate.
package librex

import (
	"context"
	"io"
	"path/filepath"

	"rex/toolchain/command"
)

// Loader is one build of the loader library.
type Loader struct {
	Source    string // librex/loader
	Libbpf    string // prefix of libbpf
	Workspace string
	Log       string
	Output    io.Writer
}

// Run installs librex.h, librex.a, librex.so and librex.pc under the prefix out.
func (l *Loader) Run(ctx context.Context, out string) error {
	return (&command.Cmd{
		Path: "make",
		Args: []string{"-C", l.Source, "CC=gcc", "OUT=" + filepath.Join(l.Workspace, "obj"), "LIBBPF=" + l.Libbpf, "PREFIX=" + out, "install"},
		Env:  []string{"MAKEFLAGS=", "LC_ALL=C"},
		Log:  l.Log, Stdout: l.Output, Stderr: l.Output,
	}).Run(ctx)
}
