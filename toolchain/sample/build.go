package sample

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
	"rex/toolchain/rustc"
	"rex/toolchain/worktree"
)

// Target is the triple that extensions are compiled for.
const Target = "x86_64-unknown-none"

// Build is one build of a sample.
type Build struct {
	Sample    *Sample
	Config    string // of cargo, for a crate that brings none
	DebugInfo bool   // whatever the profile says
	Toolchain string // prefix of the Rex compiler
	Compiler  string // digest of the compiler: cargo cannot tell two of one version apart
	Source    string // patched kernel tree (LINUX_SRC)
	Kernel    string // kernel result (LINUX_OBJ)
	Bindings  string // bindings result (REX_BINDINGS)
	Made      string // digest of both: cargo would compare their times (REX_KERNEL)
	Librex    string // prefix of the loader library
	Libbpf    string // prefix of libbpf
	Workspace string // cargo's target folder, kept between builds
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Run builds the extension, every NAME.c beside its manifest that has a main as a static program NAME, with more parts of it in a
// folder NAME and in the other files, and the crate of every folder NAME that has a program. Those in C find the extension's programs and
// maps in NAME.skel.h. The result is laid out as the sample's folder: ./loader, ./target/.../release/NAME. It returns the path of the
// extension's object in it, which is also the one by which a loader opens it; programs have it as REX_OBJECT. The eBPF twin, if there is
// one, has the same path below ./ebpf.
func (b *Build) Run(ctx context.Context, out string) (object string, err error) {
	if object, err = b.extension(ctx, out); err != nil {
		return "", err
	}
	name := filepath.Base(object)
	if err := writeSkeleton(filepath.Join(out, name+".skel.h"), name, filepath.Join(out, object), "./"+object); err != nil {
		return "", err
	}
	return object, b.programs(ctx, object, out)
}

// Env is the environment in which cargo builds extensions, and in which a person can build by hand.
func (b *Build) Env() []string {
	return []string{
		"PATH=" + filepath.Join(b.Toolchain, "bin") + string(os.PathListSeparator) + os.Getenv("PATH"),
		"LINUX_SRC=" + b.Source, "LINUX_OBJ=" + b.Kernel, "REX_BINDINGS=" + b.Bindings, "REX_KERNEL=" + b.Made,
		// A user's own settings must not reach into the result.
		"CARGO_HOME=" + filepath.Join(b.Workspace, "cargo"), "CC=gcc",
		"RUSTC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTUP_TOOLCHAIN", "CARGO_BUILD_TARGET",
		// Nor may an extension's .cargo/config.toml put something in the compiler's place.
		"RUSTC_WRAPPER=", "RUSTC_WORKSPACE_WRAPPER=",
	}
}

// optimized are the crates that are compiled with opt-level 3 whatever an extension's is: without optimization they hold checks of themselves, which
// panic, and traps.
var optimized = []string{"core", "compiler_builtins", "rex"}

// extension has cargo build the crate's program and puts it into out, at the path that is returned.
func (b *Build) extension(ctx context.Context, out string) (object string, err error) {
	args, err := b.extensionArgs()
	if err != nil {
		return "", err
	}
	args = append(args, "rustc")
	if len(b.Sample.Features) > 0 {
		args = append(args, "--features", strings.Join(b.Sample.Features, ","))
	}
	program, err := b.cargo(ctx, "extension "+b.Sample.Name, b.Sample.Dir, nil, args, "-Cenable_rex")
	if err != nil {
		return "", err
	}
	name := b.Sample.Object
	if name == "" {
		name = filepath.Base(program)
	}
	object = filepath.Join("target", Target, "release", name)
	return object, worktree.Copy(program, filepath.Join(out, object))
}

// extensionArgs are what cargo is told of an extension before its command.
func (b *Build) extensionArgs() ([]string, error) {
	config := filepath.Join(b.Sample.Dir, ".cargo/config.toml")
	if !exists(config) {
		config = b.Config
	}
	vendored, err := b.Sample.Offer(filepath.Join(b.Toolchain, rustc.Vendor), filepath.Join(b.Workspace, "vendor"))
	// The switch is for all its crates, also where an extension brings a configuration of its own.
	args := []string{
		"--config", `target.` + Target + `.rustflags=["-Cenable_rex"]`, "--config", config, "--config", "source.rex.directory=" + strconv.Quote(vendored),
	}
	for _, crate := range optimized {
		args = append(args, "--config", "profile.release.package."+crate+".opt-level=3")
	}
	return args, err
}

// Each has cargo build every program of the crate as an extension of its own, and go on where one does not compile. It returns what cargo
// says of them to programs, one JSON object a line; an error is that cargo could not begin, or that some program does not compile.
func (b *Build) Each(ctx context.Context) (messages []byte, err error) {
	args, err := b.extensionArgs()
	if err != nil {
		return nil, err
	}
	return b.runCargo(ctx, b.Sample.Dir, nil, append(args, "build", "--bins", "--keep-going", "--message-format=json"))
}

// cargo runs cargo with args, and with flags of the compiler's, on the crate in dir, and returns the program that it has made.
func (b *Build) cargo(ctx context.Context, what, dir string, env, args []string, flags ...string) (program string, err error) {
	manifest := filepath.Join(dir, "Cargo.toml")
	messages, err := b.runCargo(ctx, dir, env, append(args, "--message-format=json-render-diagnostics"), flags...)
	if err != nil {
		var failed *command.Error
		if errors.As(err, &failed) {
			// What cargo says to programs, and how it was called, is in the log.
			failed.Command, failed.Tail = "cargo", withoutMessages(failed.Tail)
			if strings.Contains(failed.Tail, "error: no matching package named ") {
				return "", fmt.Errorf("%s needs a crate that is not in the folder %s; `mage vendor` brings it from a registry: %w", what, VendorDir, err)
			}
		}
		return "", fmt.Errorf("%s does not compile: %w", what, err)
	}
	programs, err := executables(messages, manifest)
	if err != nil {
		return "", fmt.Errorf("%s: %w", what, err)
	}
	if len(programs) != 1 {
		return "", fmt.Errorf("%s: its crate has %d programs, and it is to be one; %s says which ([[bin]])", what, len(programs), manifest)
	}
	return programs[0], nil
}

// runCargo runs cargo with args, and with flags of the compiler's, on the crate in dir, and returns what it says to programs.
func (b *Build) runCargo(ctx context.Context, dir string, env, args []string, flags ...string) (messages []byte, err error) {
	// What another compiler made of core and the runtime is not taken for this one's.
	target := filepath.Join(b.Workspace, "target-"+b.Compiler[:12])
	// Panic messages name source files: neither the checkout nor the cache may show in them.
	common := []string{"-Ztrim-paths", "--config", `profile.release.trim-paths="all"`}
	if b.DebugInfo {
		common = []string{"--config", `profile.release.debug="full"`, "--config", `profile.release.strip="none"`}
	}
	args = slices.Concat(common, args, []string{"--quiet", "--release", "--manifest-path", filepath.Join(dir, "Cargo.toml")})
	if len(flags) > 0 {
		args = append(append(args, "--"), flags...)
	}
	var said bytes.Buffer
	err = (&command.Cmd{
		Path: filepath.Join(b.Toolchain, "bin/cargo"), Args: args,
		// cargo reads the configuration of every folder above the one that it is started in, a person's home among them.
		Dir: "/",
		Env: slices.Concat(b.Env(), []string{"CARGO_TARGET_DIR=" + target, "MAKEFLAGS=" + b.Pool.CargoFlags(), "CARGO_TERM_COLOR=never"}, env),
		Log: b.Log, Stdout: &said, Stderr: b.Output,
	}).Run(ctx)
	return said.Bytes(), err
}

// host is the triple of what runs in the guest beside extensions.
const host = "x86_64-unknown-linux-gnu"

// rustProgram has cargo build the program of the crate in a folder of the sample, static as those in C, with the same compiler.
func (b *Build) rustProgram(ctx context.Context, name, object, out string) error {
	env := []string{
		"REX_OBJECT=./" + object,
		"PKG_CONFIG_PATH=" + filepath.Join(b.Librex, "lib/pkgconfig") + string(os.PathListSeparator) + filepath.Join(b.Libbpf, "lib/pkgconfig"),
	}
	program, err := b.cargo(ctx, fmt.Sprintf("program %s of sample %s", name, b.Sample.Name), filepath.Join(b.Sample.Dir, name), env, []string{
		"--config", `target.` + host + `.rustflags=["-Ctarget-feature=+crt-static"]`, "build", "--target", host,
	})
	if err != nil {
		return err
	}
	return worktree.Copy(program, filepath.Join(out, name))
}

// withoutMessages leaves out the lines that are cargo's for programs.
func withoutMessages(text string) string {
	var kept strings.Builder
	for line := range strings.Lines(text) {
		if !strings.HasPrefix(line, `{"reason":`) {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

// executables returns the programs that cargo says it has made of the crate with a manifest
// (https://doc.rust-lang.org/cargo/reference/external-tools.html, "Artifact messages").
func executables(messages []byte, manifest string) ([]string, error) {
	var programs []string
	for line := range bytes.Lines(messages) {
		var m struct {
			Reason     string `json:"reason"`
			Manifest   string `json:"manifest_path"`
			Executable string `json:"executable"`
		}
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, fmt.Errorf("cargo's message %.80q: %w", line, err)
		}
		if m.Reason == "compiler-artifact" && m.Manifest == manifest && m.Executable != "" {
			programs = append(programs, m.Executable)
		}
	}
	return programs, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// programs compiles the programs of a sample: each against librex and libbpf, static,
// so that they run in a guest that has no libraries.
func (b *Build) programs(ctx context.Context, object, out string) error {
	c, err := b.Sample.sources()
	if err != nil {
		return err
	}
	if c.twin != "" {
		if err := b.ebpf(ctx, c.twin, filepath.Join(out, TwinDir, object)); err != nil {
			return err
		}
	}
	for _, program := range c.crates {
		if err := b.rustProgram(ctx, program, object, out); err != nil {
			return err
		}
	}
	for _, program := range c.programs {
		parts, err := filepath.Glob(filepath.Join(b.Sample.Dir, program, "*.c"))
		if err != nil {
			return err
		}
		for i, part := range parts {
			parts[i] = filepath.Join(program, filepath.Base(part))
		}
		parts = append(parts, c.parts...)
		err = (&command.Cmd{
			Path: "gcc",
			Args: slices.Concat([]string{
				"-O2", "-g0", "-Wall", "-static", "-pthread", "-o", filepath.Join(out, program), program + ".c",
				`-DREX_OBJECT="./` + object + `"`,
				"-I" + out, "-I" + filepath.Join(b.Librex, "include"), "-I" + filepath.Join(b.Libbpf, "include"),
				"-I" + filepath.Join(b.Kernel, "usr/include"),
				"-L" + filepath.Join(b.Librex, "lib"), "-L" + filepath.Join(b.Libbpf, "lib"),
			}, parts, []string{"-lrex", "-lbpf", "-lelf", "-lz", "-lzstd", "-lm"}),
			Dir: b.Sample.Dir, Log: b.Log, Stdout: b.Output, Stderr: b.Output,
		}).Run(ctx)
		if err != nil {
			return fmt.Errorf("program %s of sample %s does not compile: %w", program, b.Sample.Name, err)
		}
	}
	return nil
}

// ebpf compiles an eBPF object, with BTF. A feature of the crate is a macro in capital letters.
func (b *Build) ebpf(ctx context.Context, src, out string) error {
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	args := []string{
		"--target=bpf", "-D__TARGET_ARCH_x86", "-O2", "-g", "-Wall", "-c", "-o", out, src,
		"-I" + filepath.Join(b.Libbpf, "include"), "-I" + filepath.Join(b.Kernel, "usr/include"),
	}
	for _, f := range b.Sample.Features {
		args = append(args, "-D"+strings.ToUpper(noIdentifier.ReplaceAllString(f, "_")))
	}
	err := (&command.Cmd{
		Path: "clang", Args: args,
		Dir: b.Sample.Dir, Log: b.Log, Stdout: b.Output, Stderr: b.Output,
	}).Run(ctx)
	if err != nil {
		return fmt.Errorf("eBPF object %s of sample %s does not compile: %w", src, b.Sample.Name, err)
	}
	return nil
}

var noIdentifier = regexp.MustCompile(`[^A-Za-z0-9_]`)

// Skip leaves out of a source tree what builds by hand put at its top, and at that of its programs: cargo's target folder, and a lock
// file, which may come from anywhere and name versions that the toolchain does not have.
func Skip(path string) bool {
	program, base, below := strings.Cut(path, "/")
	if !below {
		program, base = "", path
	}
	return program != "src" && (base == "target" || base == "Cargo.lock")
}
