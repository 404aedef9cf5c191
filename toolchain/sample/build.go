package sample

import (
	"context"
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

// Target is the triple that extensions are compiled for.
const Target = "x86_64-unknown-none"

// Build is one build of a sample.
type Build struct {
	Sample    *Sample
	Toolchain string // prefix of the Rex compiler
	Compiler  string // digest of the compiler: cargo cannot tell two of one version apart
	Source    string // patched kernel tree (LINUX_SRC)
	Kernel    string // kernel result (LINUX_OBJ)
	Bindings  string // bindings result (REX_BINDINGS)
	Librex    string // prefix of the loader library
	Libbpf    string // prefix of libbpf
	Workspace string // cargo's target folder, kept between builds
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Object returns the path of the extension's object in a sample's result, which is also where
// a loader opens it, relative to its own folder.
func (s *Sample) Object() (string, error) {
	name, err := s.crate()
	return filepath.Join("target", Target, "release", name), err
}

// Run builds the extension, every NAME.c beside its manifest as a static program NAME, with more parts of it in a
// folder NAME, and every NAME.bpf.c as an eBPF object NAME.bpf.o for comparison. The result is laid out as the
// sample's folder: ./loader, ./target/.../release/<crate>.
func (b *Build) Run(ctx context.Context, out string) error {
	if err := b.extension(ctx, out); err != nil {
		return err
	}
	return b.programs(ctx, out)
}

// Env is the environment in which cargo builds extensions, and in which a person can build by hand.
func (b *Build) Env() []string {
	return []string{
		"PATH=" + filepath.Join(b.Toolchain, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
		"LINUX_SRC=" + b.Source, "LINUX_OBJ=" + b.Kernel, "REX_BINDINGS=" + b.Bindings,
		// A user's own settings must not reach into the result.
		"CARGO_HOME=" + filepath.Join(b.Workspace, "cargo"), "CC=gcc",
		"RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN", "CARGO_BUILD_TARGET",
		// Nor may an extension's .cargo/config.toml put something in the compiler's place.
		"RUSTC_WRAPPER=", "RUSTC_WORKSPACE_WRAPPER=",
	}
}

func (b *Build) extension(ctx context.Context, out string) error {
	object, err := b.Sample.Object()
	if err != nil {
		return err
	}
	// What another compiler made of core and the runtime is not taken for this one's.
	target := filepath.Join(b.Workspace, "target-"+b.Compiler[:12])
	// Panic messages name source files: neither the checkout nor the cache may show in them.
	args := []string{"-Ztrim-paths", "--config", `profile.release.trim-paths="all"`}
	if config := filepath.Join(b.Sample.Dir, ".cargo/config.toml"); exists(config) {
		args = append(args, "--config", config)
	}
	err = (&command.Cmd{
		Path: filepath.Join(b.Toolchain, "bin/cargo"),
		Args: append(args, "rustc", "--quiet", "--release", "--manifest-path", filepath.Join(b.Sample.Dir, "Cargo.toml"), "--", "-Cenable_rex"),
		// cargo reads the configuration of every folder above the one that it is started in, a person's home among them.
		Dir: "/",
		Env: append(b.Env(), "CARGO_TARGET_DIR="+target, "MAKEFLAGS="+b.Pool.CargoFlags(),
			"CARGO_TERM_COLOR=never"),
		Log: b.Log, Stdout: b.Output, Stderr: b.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("extension %s does not compile: %w", b.Sample.Name, err)
	}
	built := filepath.Join(target, Target, "release", filepath.Base(object))
	if err := worktree.Copy(built, filepath.Join(out, object)); err != nil {
		return fmt.Errorf("extension %s: cargo left no object: %w", b.Sample.Name, err)
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// programs compiles the C programs of a sample: each against librex and libbpf, static,
// so that they run in a guest that has no libraries.
func (b *Build) programs(ctx context.Context, out string) error {
	sources, err := filepath.Glob(filepath.Join(b.Sample.Dir, "*.c"))
	if err != nil {
		return err
	}
	for _, src := range sources {
		if name, ok := strings.CutSuffix(filepath.Base(src), ".bpf.c"); ok {
			if err := b.ebpf(ctx, filepath.Base(src), filepath.Join(out, name+".bpf.o")); err != nil {
				return err
			}
			continue
		}
		program := strings.TrimSuffix(filepath.Base(src), ".c")
		parts, err := filepath.Glob(filepath.Join(b.Sample.Dir, program, "*.c"))
		if err != nil {
			return err
		}
		for i, part := range parts {
			parts[i] = filepath.Join(program, filepath.Base(part))
		}
		err = (&command.Cmd{
			Path: "gcc",
			Args: slices.Concat([]string{
				"-O2", "-g0", "-Wall", "-static", "-pthread", "-o", filepath.Join(out, program), filepath.Base(src),
				"-I" + filepath.Join(b.Librex, "include"), "-I" + filepath.Join(b.Libbpf, "include"),
				"-I" + filepath.Join(b.Kernel, "usr/include"),
				"-L" + filepath.Join(b.Librex, "lib"), "-L" + filepath.Join(b.Libbpf, "lib"),
			}, parts, []string{"-lrex", "-lbpf", "-lelf", "-lz", "-lzstd"}),
			Dir: b.Sample.Dir, Log: b.Log, Stdout: b.Output, Stderr: b.Output,
		}).Run(ctx)
		if err != nil {
			return fmt.Errorf("program %s of sample %s does not compile: %w", program, b.Sample.Name, err)
		}
	}
	if len(sources) == 0 {
		return fmt.Errorf("sample %s has no C program; a loader.c is needed", b.Sample.Name)
	}
	return nil
}

// ebpf compiles an eBPF object, with BTF.
func (b *Build) ebpf(ctx context.Context, src, out string) error {
	err := (&command.Cmd{
		Path: "clang",
		Args: []string{
			"--target=bpf", "-O2", "-g", "-Wall", "-c", "-o", out, src,
			"-I" + filepath.Join(b.Libbpf, "include"), "-I" + filepath.Join(b.Kernel, "usr/include"),
		},
		Dir: b.Sample.Dir, Log: b.Log, Stdout: b.Output, Stderr: b.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("eBPF object %s of sample %s does not compile: %w", src, b.Sample.Name, err)
	}
	return nil
}

// crate reads the name of the sample's package from its manifest.
func (s *Sample) crate() (string, error) {
	var manifest struct {
		Package struct {
			Name string `toml:"name"`
		} `toml:"package"`
	}
	path := filepath.Join(s.Dir, "Cargo.toml")
	if err := readTOML(path, &manifest); err != nil {
		return "", err
	}
	if manifest.Package.Name == "" {
		return "", fmt.Errorf("%s: [package] has no name", path)
	}
	return manifest.Package.Name, nil
}

// Skip leaves out of a source tree what builds by hand put at its top: cargo's target folder, and a lock file, which may
// come from anywhere and name versions that the toolchain does not have.
func Skip(path string) bool { return path == "target" || path == "Cargo.lock" }
