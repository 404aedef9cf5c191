package site

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"rex/toolchain/command"
	"rex/toolchain/examples"
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

// Examples is the file that has the blocks of Rust of all comments.
const Examples = "examples.json"

// Run writes the pages to out, with an index that leads to the crate's, and the examples in them.
func (r *Rustdoc) Run(ctx context.Context, out string) error {
	source := filepath.Join(r.Workspace, "librex")
	if err := os.RemoveAll(source); err != nil {
		return err
	}
	if err := worktree.CopyTree(ctx, r.Source, source); err != nil {
		return err
	}
	if err := r.cargo(ctx, r.Output, "doc", "--no-deps", "--package", "rex", "--package", "rex-macros"); err != nil {
		return err
	}
	if err := worktree.CopyTree(ctx, filepath.Join(r.Workspace, "target/doc"), out); err != nil {
		return err
	}
	var all []*examples.Example
	for _, crate := range []string{"rex", "rex-macros"} {
		var said bytes.Buffer
		if err := r.cargo(ctx, &said, "rustdoc", "--package", crate, "--", "-Zunstable-options", "--output-format=doctest"); err != nil {
			return err
		}
		found, err := examples.Parse(said.Bytes(), r.Workspace, filepath.Join(source, "rex"))
		if err != nil {
			return err
		}
		all = append(all, found...)
	}
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(out, Examples), text, 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, "index.html"), []byte("<!doctype html>\n<meta http-equiv=\"refresh\" content=\"0; url=rex/index.html\">\n"), 0o644)
}

// cargo runs a command of cargo's on the copy of the runtime crate.
func (r *Rustdoc) cargo(ctx context.Context, stdout io.Writer, name string, args ...string) error {
	bin := filepath.Join(r.Stage0, "bin")
	err := (&command.Cmd{
		Path: filepath.Join(bin, "cargo"),
		Args: append([]string{
			"--config", filepath.Join(r.Vendor, "etc/cargo.toml"), name, "--quiet", "--manifest-path", filepath.Join(r.Workspace, "librex/rex/Cargo.toml"),
		}, args...),
		Dir: "/",
		Env: []string{
			"RUSTC=" + filepath.Join(bin, "rustc"), "RUSTDOC=" + filepath.Join(bin, "rustdoc"), "RUSTC_BOOTSTRAP=1", "CC=gcc",
			"LD_LIBRARY_PATH=" + filepath.Join(r.Stage0, "lib/x86_64-linux-gnu"), "RUSTDOCFLAGS=-Dwarnings",
			"CARGO_HOME=" + filepath.Join(r.Workspace, "cargo"), "CARGO_TARGET_DIR=" + filepath.Join(r.Workspace, "target"),
			"LINUX_OBJ=" + r.Kernel, "REX_BINDINGS=" + r.Bindings, "MAKEFLAGS=" + r.Pool.CargoFlags(), "CARGO_TERM_COLOR=never",
			"RUSTFLAGS=", "CARGO_BUILD_TARGET", "RUSTC_WRAPPER=",
		},
		Log: r.Log, Stdout: stdout, Stderr: r.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("rustdoc of the runtime crate: %w", err)
	}
	return nil
}
