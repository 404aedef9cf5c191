// Package lint judges the form of extensions and of what they are loaded with: rustfmt, clippy and clang-format, with every warning an
// error.
package lint

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/jobserver"
)

// Lint is one look at a crate and the C files in its folder.
type Lint struct {
	Dir       string // of the crate; a Cargo.lock is written to it
	Features  []string
	Runtime   bool     // which may do what extensions may not
	Programs  []string // folders of crates of programs beside an extension: loaders
	Style     string   // folder with clippy.toml and .clang-format, for a crate that brings none
	Prefix    string   // of clippy, rustfmt and the compiler that they are parts of
	Vendor    string   // folder of the crates that the crate may use
	Kernel    string   // kernel result (LINUX_OBJ)
	Bindings  string   // bindings result (REX_BINDINGS)
	PkgConfig string   // folders where pkg-config finds librex and libbpf
	Workspace string   // cargo's, kept between looks
	Pool      *jobserver.Pool
	Log       string
	Output    io.Writer
}

// Style files, and the folders below a crate whose files are not its own.
const (
	clippyConfig  = "clippy.toml"
	formatConfig  = ".clang-format"
	rustfmtConfig = "rustfmt.toml"
)

var notOwn = []string{"target", "vendor", ".cargo"}

// Run looks at everything, and says of all of it at once what is wrong.
func (l *Lint) Run(ctx context.Context) error {
	rust, c, err := l.files()
	if err != nil {
		return err
	}
	var wrong []error
	say := func(what, instead string, err error) {
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w\n%s", what, err, instead))
		}
	}
	if len(rust) > 0 {
		say("rustfmt would change files", "the lines with + are how it wants them", l.run(ctx, "rustfmt", append([]string{"--check", "--quiet", "--edition=2024", "--config-path=" + l.style(rustfmtConfig)}, rust...)))
		say("clippy", "each warning names the lint; `#[expect(clippy::NAME)]` with a reason lifts one", l.clippy(ctx))
	}
	for _, dir := range l.Programs {
		say("clippy of "+filepath.Base(dir), "each warning names the lint; `#[expect(clippy::NAME)]` with a reason lifts one", l.check(ctx, dir, l.Prefix))
	}
	if len(c) > 0 {
		style, err := filepath.Abs(l.style(formatConfig))
		if err != nil {
			return err
		}
		say("clang-format would change files", "each place is named above; `clang-format -i FILE` changes them", l.run(ctx, "clang-format", append([]string{"--dry-run", "--Werror", "--style=file:" + style}, c...)))
	}
	return errors.Join(wrong...)
}

// files are the crate's own Rust and C files.
func (l *Lint) files() (rust, c []string, err error) {
	err = filepath.WalkDir(l.Dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if filepath.Dir(path) == l.Dir && slices.Contains(notOwn, d.Name()) {
				return fs.SkipDir
			}
		case strings.HasSuffix(path, ".rs"):
			rust = append(rust, path)
		case strings.HasSuffix(path, ".c") || strings.HasSuffix(path, ".h"):
			c = append(c, path)
		}
		return nil
	})
	return rust, c, err
}

// style is the crate's own file of that name, or the one for all.
func (l *Lint) style(name string) string {
	if own := filepath.Join(l.Dir, name); exists(own) {
		return own
	}
	return filepath.Join(l.Style, name)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// clippy has cargo check the crate with clippy in the compiler's place. It is the compiler as it was before Rex: the subset is not its
// business.
func (l *Lint) clippy(ctx context.Context) error {
	rules := filepath.Dir(l.style(clippyConfig))
	if l.Runtime {
		rules = l.Prefix // which has none
	}
	return l.check(ctx, l.Dir, rules, "--features", strings.Join(l.Features, ","))
}

// check has cargo check the crate in dir, with the clippy.toml of the folder rules if that has one.
func (l *Lint) check(ctx context.Context, dir, rules string, args ...string) error {
	config := []string{
		"--config", `source.crates-io.replace-with="rex"`, "--config", fmt.Sprintf("source.rex.directory=%q", l.Vendor), "--config", "net.offline=true",
	}
	args = slices.Concat(config, []string{"check", "--quiet", "--color=never", "--manifest-path", filepath.Join(dir, "Cargo.toml")}, args)
	return l.run(ctx, "cargo", args,
		"RUSTC="+filepath.Join(l.Prefix, "bin/rustc"), "RUSTC_WORKSPACE_WRAPPER="+filepath.Join(l.Prefix, "bin/clippy-driver"), "RUSTC_BOOTSTRAP=1",
		"RUSTFLAGS=--cfg lint -Dwarnings", "CLIPPY_CONF_DIR="+rules,
		"LINUX_OBJ="+l.Kernel, "REX_BINDINGS="+l.Bindings, "REX_KERNEL="+l.Kernel, "CC=gcc", "PKG_CONFIG_PATH="+l.PkgConfig, "REX_OBJECT=./extension",
		"CARGO_HOME="+filepath.Join(l.Workspace, "cargo"), "CARGO_TARGET_DIR="+filepath.Join(l.Workspace, "target"), "MAKEFLAGS="+l.Pool.CargoFlags())
}

func (l *Lint) run(ctx context.Context, program string, args []string, env ...string) error {
	path := program
	if own := filepath.Join(l.Prefix, "bin", program); exists(own) {
		path = own
	}
	return (&command.Cmd{
		Path: path, Args: args, Dir: "/", Env: append(env, "LD_LIBRARY_PATH="+filepath.Join(l.Prefix, "lib")+":"+filepath.Join(l.Prefix, "lib/x86_64-linux-gnu")),
		Log: l.Log, Stdout: l.Output, Stderr: l.Output,
	}).Run(ctx)
}
