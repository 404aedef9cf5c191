// Package passes builds and tests the LLVM pass plugin.
package passes

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
	"rex/toolchain/worktree"
)

// File is the name of the plugin.
const File = "librex_passes.so"

// Build is one build of the plugin.
type Build struct {
	Source    string // llvm-passes; not written to
	Workspace string // a copy of the source and cmake's build folder, kept between builds
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Run builds the plugin and puts it into out.
func (b *Build) Run(ctx context.Context, out string) error {
	if err := b.make(ctx, "rex_passes"); err != nil {
		return err
	}
	if err := worktree.Copy(filepath.Join(b.Workspace, "build", File), filepath.Join(out, File)); err != nil {
		return fmt.Errorf("passes: %w", err)
	}
	return nil
}

// Test builds the plugin and runs its lit tests.
func (b *Build) Test(ctx context.Context) error { return b.make(ctx, "check") }

// Ninja is ninja's own command in the workspace, alone: what it takes when there is nothing to do is to compare with.
func (b *Build) Ninja() command.Cmd {
	return command.Cmd{Path: "ninja", Args: []string{"-C", filepath.Join(b.Workspace, "build"), "rex_passes"}, Dir: "/"}
}

func (b *Build) make(ctx context.Context, target string) error {
	// A copy, as cmake refuses a build folder that another checkout has configured.
	source, build := filepath.Join(b.Workspace, "src"), filepath.Join(b.Workspace, "build")
	if err := os.MkdirAll(build, 0o755); err != nil {
		return fmt.Errorf("passes: %w", err)
	}
	if err := worktree.Sync(ctx, b.Source, source); err != nil {
		return fmt.Errorf("passes: %w", err)
	}
	cmakedir, err := b.command("llvm-config", "--cmakedir").Output(ctx)
	if err != nil {
		return fmt.Errorf("passes: %w", err)
	}
	err = b.command("cmake", "-G", "Ninja", "-S", source, "-B", build,
		"-DCMAKE_BUILD_TYPE=Release", "-DLLVM_DIR="+strings.TrimSpace(cmakedir)).Run(ctx)
	if err != nil {
		return fmt.Errorf("passes: %w", err)
	}
	err = b.command("cmake", "--build", build, "--target", target, "-j", strconv.Itoa(b.Pool.Size())).Run(ctx)
	if err != nil {
		return fmt.Errorf("passes: %w", err)
	}
	return nil
}

func (b *Build) command(path string, args ...string) *command.Cmd {
	return &command.Cmd{Path: path, Args: args, Log: b.Log, Stdout: b.Output, Stderr: b.Output}
}
