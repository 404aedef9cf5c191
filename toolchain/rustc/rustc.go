// Package rustc prepares, bootstraps and installs the Rex compiler.
package rustc

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
	"rex/toolchain/worktree"
)

// Host is what the compiler runs on.
const Host = "x86_64-unknown-linux-gnu"

// Build is one bootstrap of the compiler.
type Build struct {
	Source    string // prepared and patched tree; not written to
	Workspace string // src, build and cargo's home are kept here between builds
	Config    string // bootstrap config with ${...} to fill in
	Stage0    string // prefix of rustc and cargo that build it; empty: x.py fetches its own
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Run builds the compiler and the host's standard library and installs them into out.
func (b *Build) Run(ctx context.Context, out string) error {
	if err := worktree.Sync(ctx, b.Source, b.src()); err != nil {
		return fmt.Errorf("working copy of rustc: %w", err)
	}
	if err := b.configure(); err != nil {
		return err
	}
	err := (&command.Cmd{
		Path: "python3",
		Args: []string{"x.py", "--config", b.config(), "build", "--stage", "1", "-j", strconv.Itoa(b.Pool.Size()), "library"},
		Dir:  b.src(), Env: b.env(),
		Log: b.Log, Stdout: b.Output, Stderr: b.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("bootstrap: %w", err)
	}
	if err := b.install(ctx, out); err != nil {
		return fmt.Errorf("install: %w", err)
	}
	return nil
}

func (b *Build) src() string    { return filepath.Join(b.Workspace, "src") }
func (b *Build) build() string  { return filepath.Join(b.Workspace, "build") }
func (b *Build) config() string { return filepath.Join(b.Workspace, "config.toml") }

func (b *Build) configure() error {
	template, err := os.ReadFile(b.Config)
	if err != nil {
		return err
	}
	llvm, err := exec.LookPath("llvm-config")
	if err != nil {
		return fmt.Errorf("the LLVM to link: %w", err)
	}
	text, err := expand(string(template), map[string]string{
		"STAGE0": b.Stage0, "BUILD": b.build(), "LLVM_CONFIG": llvm,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", b.Config, err)
	}
	return os.WriteFile(b.config(), []byte(text), 0o644)
}

// env keeps what a user has set for cargo out of the bootstrap.
func (b *Build) env() []string {
	env := []string{
		"CARGO_HOME=" + filepath.Join(b.Workspace, "cargo-home"),
		"MAKEFLAGS=" + b.Pool.CargoFlags(),
		"PYTHONDONTWRITEBYTECODE=1",
		"RUSTFLAGS=", "RUSTC_WRAPPER=", "CARGO_BUILD_TARGET=", "RUSTC_BOOTSTRAP=",
	}
	if b.Stage0 != "" {
		// Where Debian's packages keep the compiler's own library.
		env = append(env, "LD_LIBRARY_PATH="+filepath.Join(b.Stage0, "lib/x86_64-linux-gnu"))
	}
	return env
}

// cargo is the one that the bootstrap used.
func (b *Build) cargo() string {
	if b.Stage0 != "" {
		return filepath.Join(b.Stage0, "bin/cargo")
	}
	return filepath.Join(b.build(), Host, "stage0/bin/cargo")
}
