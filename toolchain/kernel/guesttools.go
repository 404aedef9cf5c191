package kernel

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

// GuestTools is one build of bpftool and perf out of a kernel tree.
type GuestTools struct {
	Source    string // kernel tree; not written to
	Kernel    string // kernel result: bpftool's own programs are compiled against its types
	Workspace string
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// toolSources are what the Makefiles of bpftool and perf read of a kernel tree (tools/perf/MANIFEST).
var toolSources = []string{"Makefile", "tools", "scripts", "include/uapi", "kernel/bpf", "arch/arm64/tools", "arch/x86/entry/syscalls", "arch/x86/lib", "arch/x86/include"}

// Run builds both and puts them into out/bin.
func (t *GuestTools) Run(ctx context.Context, out string) error {
	src := filepath.Join(t.Workspace, "src")
	if err := worktree.Collect(ctx, t.Source, src, toolSources, func(_, _ string) bool { return false }); err != nil {
		return fmt.Errorf("working copy of the kernel's tools: %w", err)
	}
	for _, tool := range []struct {
		name, dir string
		args      []string
	}{
		{"bpftool", "tools/bpf/bpftool", []string{"CLANG=clang", "LLVM_STRIP=llvm-strip", "LLVM_CONFIG=llvm-config", "VMLINUX_BTF=" + filepath.Join(t.Kernel, Vmlinux)}},
		// What counts and samples, on a terminal or a pipe, without interpreters inside.
		{"perf", "tools/perf", []string{
			"NO_LIBPYTHON=1", "NO_LIBPERL=1", "NO_SLANG=1", "NO_GTK2=1", "NO_LIBUNWIND=1", "NO_LIBBABELTRACE=1", "NO_JVMTI=1", "NO_SDT=1",
			"NO_LIBNUMA=1", "NO_LIBDEBUGINFOD=1", "NO_LIBLLVM=1", "NO_LIBPFM4=1", "NO_CAPSTONE=1", "NO_JEVENTS=1", "BUILD_BPF_SKEL=0", "WERROR=0", "perf",
		}},
	} {
		obj := filepath.Join(t.Workspace, tool.name)
		if err := os.MkdirAll(obj, 0o755); err != nil {
			return err
		}
		err := (&command.Cmd{
			Path: "make", Args: append([]string{"-C", filepath.Join(src, tool.dir), "OUTPUT=" + obj + "/"}, tool.args...),
			Env:        []string{"MAKEFLAGS=" + t.Pool.MakeFlags(), "LC_ALL=C"},
			ExtraFiles: t.Pool.Pipe(), Log: t.Log, Stdout: t.Output, Stderr: t.Output,
		}).Run(ctx)
		if err != nil {
			return err
		}
		if err := worktree.Copy(filepath.Join(obj, tool.name), filepath.Join(out, "bin", tool.name)); err != nil {
			return err
		}
	}
	return nil
}
