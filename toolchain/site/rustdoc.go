package site

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
	"rex/toolchain/worktree"
)

// Rustdoc documents the runtime crate and its macros.
type Rustdoc struct {
	Source    string // folder with rex and rex-macros; not written to
	Workspace string
	Stage0    string // prefix of the compiler whose rustdoc it is: signatures are all that it needs to understand
	Vendor    string // prefix that has the crates which macros are written with
	Kernel    string
	Bindings  string
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Run writes the pages to out, with an index that leads to the crate's.
func (r *Rustdoc) Run(ctx context.Context, out string) error {
	source := filepath.Join(r.Workspace, "librex")
	if err := os.RemoveAll(source); err != nil {
		return err
	}
	if err := worktree.CopyTree(ctx, r.Source, source); err != nil {
		return err
	}
	bin := filepath.Join(r.Stage0, "bin")
	err := (&command.Cmd{
		Path: filepath.Join(bin, "cargo"),
		Args: []string{
			"--config", filepath.Join(r.Vendor, "etc/cargo.toml"), "doc", "--quiet", "--no-deps", "--package", "rex", "--package", "rex-macros",
			"--manifest-path", filepath.Join(source, "rex/Cargo.toml"),
		},
		Dir: "/",
		Env: []string{
			"RUSTC=" + filepath.Join(bin, "rustc"), "RUSTDOC=" + filepath.Join(bin, "rustdoc"), "RUSTC_BOOTSTRAP=1", "CC=gcc",
			"LD_LIBRARY_PATH=" + filepath.Join(r.Stage0, "lib/x86_64-linux-gnu"), "RUSTDOCFLAGS=-Dwarnings",
			"CARGO_HOME=" + filepath.Join(r.Workspace, "cargo"), "CARGO_TARGET_DIR=" + filepath.Join(r.Workspace, "target"),
			"LINUX_OBJ=" + r.Kernel, "REX_BINDINGS=" + r.Bindings, "MAKEFLAGS=" + r.Pool.CargoFlags(), "CARGO_TERM_COLOR=never",
			"RUSTFLAGS=", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER=",
		},
		Log: r.Log, Stdout: r.Output, Stderr: r.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("rustdoc of the runtime crate: %w", err)
	}
	if err := worktree.CopyTree(ctx, filepath.Join(r.Workspace, "target/doc"), out); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "index.html"), []byte("<!doctype html>\n<meta http-equiv=\"refresh\" content=\"0; url=rex/index.html\">\n"), 0o644)
}
