package kernel

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
	"rex/toolchain/worktree"
)

// Libbpf is one build of libbpf out of a kernel tree.
type Libbpf struct {
	Source    string // kernel tree; not written to
	Workspace string
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Run builds libbpf, static and shared, and installs it with its headers under the prefix out.
func (l *Libbpf) Run(ctx context.Context, out string) error {
	src := filepath.Join(l.Workspace, "src")
	// libbpf's Makefile reads these and nothing else of the tree.
	for _, dir := range []string{"tools", "scripts", "include/uapi"} {
		if err := worktree.Sync(ctx, filepath.Join(l.Source, dir), filepath.Join(src, dir)); err != nil {
			return fmt.Errorf("working copy of libbpf: %w", err)
		}
	}
	obj := filepath.Join(l.Workspace, "obj")
	if err := os.MkdirAll(obj, 0o755); err != nil {
		return err
	}
	err := (&command.Cmd{
		Path: "make",
		Args: []string{
			"-C", filepath.Join(src, "tools/lib/bpf"), "OUTPUT=" + obj + "/", "prefix=" + out, "libdir=" + filepath.Join(out, "lib"),
			"EXTRA_CFLAGS=-g -O2", "install", "install_headers",
		},
		Env:        []string{"MAKEFLAGS=" + l.Pool.MakeFlags(), "LC_ALL=C"},
		ExtraFiles: l.Pool.Pipe(), Log: l.Log, Stdout: l.Output, Stderr: l.Output,
	}).Run(ctx)
	if err != nil {
		return err
	}
	// The result is moved after this: a prefix relative to the file stays true.
	pc := filepath.Join(out, "lib/pkgconfig/libbpf.pc")
	text, err := os.ReadFile(pc)
	if err != nil {
		return err
	}
	return os.WriteFile(pc, bytes.ReplaceAll(text, []byte(out), []byte("${pcfiledir}/../..")), 0o644)
}
