// Package kernel builds the patched Linux, and libbpf from the same tree.
package kernel

import (
	"bufio"
	"context"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
	"rex/toolchain/worktree"
)

// Compiler is the tool set that builds the kernel.
type Compiler string

const (
	LLVM Compiler = "llvm" // clang and lld, the default
	GNU  Compiler = "gnu"  // gcc and binutils
)

// ParseCompiler reads the setting REX_KERNEL_COMPILER; empty means LLVM.
func ParseCompiler(s string) (Compiler, error) {
	switch c := Compiler(strings.ToLower(s)); c {
	case "":
		return LLVM, nil
	case LLVM, GNU:
		return c, nil
	}
	return "", fmt.Errorf("REX_KERNEL_COMPILER is %q; it takes llvm or gnu", s)
}

// Build is one build of the kernel.
type Build struct {
	Source    string   // patched tree; not written to
	Workspace string   // src and obj are kept here between builds
	Base      string   // a configuration to start from; empty for tinyconfig
	Fragments []string // Kconfig fragments, merged over it in order
	Compiler  Compiler
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Symbols that tools look for at the top of a result, as in any object tree of the kernel.
const (
	Image   = "arch/x86/boot/bzImage"
	Vmlinux = "vmlinux"
	Config  = ".config"
	Exports = "rex-exports.txt"
	Headers = "usr/include"
	// SignFile appends signatures to images.
	SignFile = "scripts/sign-file"
	// Modules holds a folder by the kernel's release, as /lib/modules does; Development is what /lib/modules/RELEASE/build leads to.
	Modules     = "lib/modules"
	Development = "development"
	// Changes says what became of a user's own configuration.
	Changes = "changes.txt"
)

// Run builds the kernel and writes the result to out, which is laid out like an object
// tree (O=): bzImage, vmlinux, System.map, .config, generated headers, the
// UAPI headers in usr/include, GDB scripts, the export table's names, and what machines with packages of it
// have below /lib/modules.
func (b *Build) Run(ctx context.Context, out string) error {
	if err := worktree.Sync(ctx, b.Source, b.src()); err != nil {
		return fmt.Errorf("working copy of the kernel: %w", err)
	}
	if err := b.configure(ctx); err != nil {
		return err
	}
	if err := b.make(ctx, targets...); err != nil {
		return err
	}
	if err := b.make(ctx, "headers_install", "INSTALL_HDR_PATH="+filepath.Join(out, "usr")); err != nil {
		return err
	}
	if err := b.collect(out); err != nil {
		return err
	}
	return b.install(ctx, out)
}

func (b *Build) src() string { return filepath.Join(b.Workspace, "src") }
func (b *Build) obj() string { return filepath.Join(b.Workspace, "obj") }

// targets are those of the kernel's Makefile that are built.
var targets = []string{"bzImage", "vmlinux", "modules", "scripts_gdb"}

// Make is make's own command in the workspace, alone: what it takes when there is nothing to do is to compare with.
func (b *Build) Make() command.Cmd {
	return command.Cmd{Path: "make", Args: append(b.flags(), targets...), Dir: b.src(), Env: reproducible()}
}

func (b *Build) make(ctx context.Context, args ...string) error {
	return (&command.Cmd{
		Path: "make", Args: append(b.flags(), args...), Dir: b.src(),
		Env:        append(reproducible(), "MAKEFLAGS="+b.Pool.MakeFlags()),
		ExtraFiles: b.Pool.Pipe(), Log: b.Log, Stdout: b.Output, Stderr: b.Output,
	}).Run(ctx)
}

func (b *Build) flags() []string {
	flags := []string{"O=" + b.obj(), "ARCH=x86_64"}
	if b.Compiler == LLVM {
		flags = append(flags, "LLVM=1")
	}
	return flags
}

// reproducible names what the kernel would otherwise take from the machine and the clock
// (Documentation/kbuild/reproducible-builds.rst).
func reproducible() []string {
	return []string{
		"KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970",
		"KBUILD_BUILD_USER=rex", "KBUILD_BUILD_HOST=rex", "KBUILD_BUILD_VERSION=1", "LC_ALL=C",
	}
}

// configure writes .config from the fragments and refuses a config that lost one of their lines.
func (b *Build) configure(ctx context.Context) error {
	if err := b.merge(ctx); err != nil {
		return err
	}
	config := filepath.Join(b.obj(), Config)
	if err := b.checkConfig(config); err != nil || b.Base == "" {
		return err
	}
	changes, err := b.changes(config)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.obj(), Changes), []byte(changes), 0o644)
}

// merge writes .config from the fragments, as far as Kconfig takes them.
func (b *Build) merge(ctx context.Context) error {
	if err := os.MkdirAll(b.obj(), 0o755); err != nil {
		return err
	}
	config := filepath.Join(b.obj(), Config)
	before, _ := os.ReadFile(config)
	base := b.Base
	if base == "" {
		if err := b.make(ctx, "tinyconfig"); err != nil {
			return err
		}
		base = config
	}
	merged, err := os.ReadFile(base)
	if err != nil {
		return err
	}
	for _, f := range b.Fragments {
		text, err := os.ReadFile(f)
		if err != nil {
			return err
		}
		merged = append(merged, '\n')
		merged = append(merged, text...)
	}
	// Kconfig takes the last of several settings of a symbol.
	if err := os.WriteFile(config, merged, 0o644); err != nil {
		return err
	}
	if err := b.make(ctx, "olddefconfig"); err != nil {
		return err
	}
	// make compares times: an equal config must not look new.
	if after, err := os.ReadFile(config); err == nil && string(after) == string(before) {
		auto := filepath.Join(b.obj(), "include/config/auto.conf")
		if info, err := os.Stat(auto); err == nil {
			return os.Chtimes(config, info.ModTime(), info.ModTime())
		}
	}
	return nil
}

// checkConfig compares the final config with what the fragments asked for.
func (b *Build) checkConfig(config string) error {
	got, err := readConfig(config)
	if err != nil {
		return err
	}
	var lost []string
	asked := map[string]setting{}
	for _, f := range b.Fragments {
		fragment, err := readConfig(f)
		if err != nil {
			return err
		}
		for name, s := range fragment {
			s.file = f
			asked[name] = s
		}
	}
	for name, s := range asked {
		if g := got[name]; g.value != s.value {
			lost = append(lost, fmt.Sprintf("%s: %s=%s became %q", filepath.Base(s.file), name, s.value, g.value))
		}
	}
	if len(lost) > 0 {
		slices.Sort(lost)
		return fmt.Errorf("kernel config: %d settings of the fragments did not survive Kconfig; mend their dependencies:\n  %s",
			len(lost), strings.Join(lost, "\n  "))
	}
	return nil
}

type setting struct{ value, file string }

// readConfig reads CONFIG_X=value and "# CONFIG_X is not set" lines; the latter, no
// line at all, and an empty text are the value "".
func readConfig(path string) (map[string]setting, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	settings := map[string]setting{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if name, ok := strings.CutSuffix(line, " is not set"); ok {
			settings[strings.TrimPrefix(name, "# ")] = setting{}
			continue
		}
		if name, value, ok := strings.Cut(line, "="); ok && strings.HasPrefix(name, "CONFIG_") {
			if value == "n" || value == `""` {
				value = ""
			}
			settings[name] = setting{value: value}
		}
	}
	return settings, lines.Err()
}

// collect copies from the object tree what others need.
func (b *Build) collect(out string) error {
	for _, f := range []string{Image, Vmlinux, "System.map", Config, "vmlinux-gdb.py"} {
		if err := worktree.Copy(filepath.Join(b.obj(), f), filepath.Join(out, f)); err != nil {
			return fmt.Errorf("kernel result: %w", err)
		}
	}
	for _, dir := range []string{"include", "arch/x86/include/generated", "scripts/gdb"} {
		if err := copyTree(filepath.Join(b.obj(), dir), filepath.Join(out, dir)); err != nil {
			return fmt.Errorf("kernel result: %w", err)
		}
	}
	if b.Base != "" {
		if err := worktree.Copy(filepath.Join(b.obj(), Changes), filepath.Join(out, Changes)); err != nil {
			return err
		}
	}
	config, err := readConfig(filepath.Join(out, Config))
	if err != nil || config["CONFIG_BPF_REX"].value != "y" {
		return err
	}
	if err := worktree.Copy(filepath.Join(b.obj(), SignFile), filepath.Join(out, SignFile)); err != nil {
		return fmt.Errorf("kernel result: %w", err)
	}
	names, err := exports(filepath.Join(out, Vmlinux))
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(out, Exports), []byte(strings.Join(names, "\n")+"\n"), 0o644)
}

// copyTree copies the files of a folder; links are followed, for they lead into the source tree.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		if err != nil || !info.Mode().IsRegular() {
			return err
		}
		// fixdep's stamps, one for each symbol that ever was set: they tell of the builds before.
		if info.Size() == 0 && filepath.Base(filepath.Dir(path)) == "config" {
			return nil
		}
		return worktree.Copy(path, filepath.Join(to, rel))
	})
}

// exports lists what the kernel lets extensions import (docs/abi.md, section 5).
func exports(vmlinux string) ([]string, error) {
	f, err := elf.Open(vmlinux)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", vmlinux, err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", vmlinux, err)
	}
	var names []string
	for _, s := range symbols {
		if name, ok := strings.CutPrefix(s.Name, "__rex_export_"); ok {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no Rex export table; is CONFIG_BPF_REX on, and the patch series applied?", vmlinux)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}
