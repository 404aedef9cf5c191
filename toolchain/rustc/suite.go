package rustc

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"rex/toolchain/command"
	"rex/toolchain/worktree"
)

// uiTests are the folders of rustc's tests/ui that have to do with what the patches touch: options and their errors,
// lints, attributes, macros and their hygiene, crates and linking, unsafe code, and what the holes of the language are near.
var uiTests = []string{
	"abi", "argfile", "asm", "attributes", "codegen", "command", "crate-loading", "cross-crate", "extern", "extern-flag", "feature-gates",
	"higher-ranked", "hygiene", "implied-bounds", "include-macros", "invalid-compile-flags", "link-native-libs", "linkage-attr", "lint",
	"lto", "macros", "panic-handler", "panics", "proc-macro", "resolve", "simd", "static", "statics", "target-feature", "union", "unsafe",
}

// explained are tests that pass with the peer and fail with ours for another reason than the patches.
var explained = map[string]string{
	"[ui] tests/ui/macros/format-args-temporaries-in-write.rs": "a suggestion shows the library's source, if it still is where the library was compiled (bootstrap's remap-debuginfo is off)",
}

// Suite runs rustc's own tests with two compilers of one version, of which one is patched: tests/ui as far as the
// patches touch it, and the tests of the core library.
type Suite struct {
	Source    string // prepared tree; not written to
	Workspace string
	Stage0    string // prefix that builds the test driver
	Patched   string // prefix of the compiler under test
	Peer      string // prefix of a compiler of the same version without the patches
	Jobs      int
	Log       string
	Output    io.Writer
}

// Outcome of the tests of one kind. A name is a test's.
type Outcome struct {
	Kind      string
	Both      int      // tests that pass with both compilers
	Neither   []string // fail with both, as with paths that rustc's own build would have set
	Regressed []string // pass with the peer and not with the patched compiler
	Better    []string // the other way round
	Explained []string // would be among the regressed, if it were not known why
}

func (o *Outcome) String() string {
	text := fmt.Sprintf("%s: %d pass with both compilers, %d fail with both, %d pass only with the patched one, %d only with its peer",
		o.Kind, o.Both, len(o.Neither), len(o.Better), len(o.Regressed))
	for _, name := range o.Explained {
		text += fmt.Sprintf("\n    %s passes only with its peer: %s", name, explained[name])
	}
	return text
}

// Run runs all tests with both compilers.
func (s *Suite) Run(ctx context.Context) ([]*Outcome, error) {
	if err := worktree.Sync(ctx, s.Source, s.path("src")); err != nil {
		return nil, fmt.Errorf("working copy of rustc: %w", err)
	}
	if err := s.cargo(ctx, s.Stage0, s.path("driver"), io.Discard, "build", "--release", "--manifest-path", s.path("src/src/tools/compiletest/Cargo.toml")); err != nil {
		return nil, fmt.Errorf("compiletest: %w", err)
	}
	var outcomes []*Outcome
	for _, kind := range []struct {
		name string
		run  func(ctx context.Context, name, prefix string) (map[string]string, error)
	}{{"tests/ui", s.ui}, {"tests of core", s.core}} {
		patched, err := kind.run(ctx, "patched", s.Patched)
		if err != nil {
			return nil, fmt.Errorf("%s with the patched compiler: %w", kind.name, err)
		}
		peer, err := kind.run(ctx, "peer", s.Peer)
		if err != nil {
			return nil, fmt.Errorf("%s with its peer: %w", kind.name, err)
		}
		outcomes = append(outcomes, compare(kind.name, patched, peer))
	}
	return outcomes, nil
}

func compare(kind string, patched, peer map[string]string) *Outcome {
	o := &Outcome{Kind: kind}
	for _, name := range slices.Sorted(maps.Keys(peer)) {
		switch ours, theirs := patched[name] == "ok", peer[name] == "ok"; {
		case ours && theirs:
			o.Both++
		case theirs && explained[name] != "":
			o.Explained = append(o.Explained, name)
		case theirs:
			o.Regressed = append(o.Regressed, name)
		case ours:
			o.Better = append(o.Better, name)
		case peer[name] == "failed":
			o.Neither = append(o.Neither, name)
		}
	}
	return o
}

// ui runs compiletest. Names of tests are their paths.
func (s *Suite) ui(ctx context.Context, name, prefix string) (map[string]string, error) {
	out := s.path("ui-" + name)
	// compiletest skips what has passed before.
	if err := os.RemoveAll(out); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return nil, err
	}
	args := []string{
		"--mode", "ui", "--suite", "ui", "--force-rerun", "--channel", "nightly", "--stage", "1", "--stage-id", "stage1-" + Host,
		"--target", Host, "--host", Host, "--host-rustcflags", "-Crpath", "--target-rustcflags", "-Crpath",
		"--rustc-path", filepath.Join(prefix, Rustc), "--sysroot-base", prefix,
		"--compile-lib-path", driverLib(prefix), "--run-lib-path", filepath.Join(prefix, hostLib),
		"--src-root", s.path("src"), "--src-test-suite-root", s.path("src/tests/ui"), "--build-root", s.Workspace, "--build-test-suite-root", out,
		"--jobs", strconv.Itoa(s.Jobs), "--minicore-path", s.path("src/tests/auxiliary/minicore.rs"),
		// For tests of other kinds.
		"--python", "python3", "--cc", "", "--cxx", "", "--cflags", "", "--cxxflags", "", "--llvm-components", "",
		"--nightly-branch", "master", "--git-merge-commit-email", "",
	}
	for _, folder := range uiTests {
		args = append(args, "tests/ui/"+folder+"/")
	}
	return s.events(ctx, &command.Cmd{
		Path: s.path("driver/release/compiletest"), Args: args, Dir: s.path("src"),
		Env: append(s.env(s.Stage0), "RUST_TEST_THREADS="+strconv.Itoa(s.Jobs)),
	})
}

// core compiles the tests of the core library, against the one that came with the compiler.
func (s *Suite) core(ctx context.Context, name, prefix string) (map[string]string, error) {
	manifest := fmt.Sprintf("[package]\nname = \"coretests\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[lib]\npath = %q\n\n[dependencies]\n"+
		"rand = { version = \"0.9\", default-features = false }\nrand_xorshift = { version = \"0.4\", default-features = false }\n\n[workspace]\n",
		s.path("src/library/coretests/tests/lib.rs"))
	dir := s.path("core")
	if err := write(filepath.Join(dir, "Cargo.toml"), []byte(manifest), 0o644); err != nil {
		return nil, err
	}
	args := []string{
		"test", "--release", "--lib", "--manifest-path", filepath.Join(dir, "Cargo.toml"),
		"--", "-Zunstable-options", "--format=json", "--test-threads=" + strconv.Itoa(s.Jobs),
	}
	return s.events(ctx, s.cargoCmd(prefix, s.path("core-"+name), args...))
}

// events runs a command that reports tests as libtest's JSON, and returns what became of each.
func (s *Suite) events(ctx context.Context, cmd *command.Cmd) (map[string]string, error) {
	var out strings.Builder
	cmd.Stdout = &out
	cmd.Log, cmd.Stderr = s.Log, s.Output
	failed := cmd.Run(ctx) // some tests fail with any compiler
	tests, complete, err := parseEvents(strings.NewReader(out.String()))
	if err != nil {
		return nil, err
	}
	if !complete || len(tests) == 0 {
		return nil, fmt.Errorf("the tests did not come to an end: %w", failed)
	}
	return tests, nil
}

// parseEvents reads events of tests, between lines of others, and whether the last one said that all were run.
func parseEvents(r io.Reader) (tests map[string]string, complete bool, err error) {
	tests = map[string]string{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		var event struct {
			Type, Event, Name string
		}
		if json.Unmarshal(line, &event) == nil {
			switch {
			case event.Type == "test" && event.Event != "started":
				tests[event.Name] = event.Event
			case event.Type == "suite" && event.Event != "started":
				complete = true
			}
		}
		if err == io.EOF {
			return tests, complete, nil
		}
		if err != nil {
			return nil, false, err
		}
	}
}

func (s *Suite) cargo(ctx context.Context, prefix, target string, stdout io.Writer, args ...string) error {
	cmd := s.cargoCmd(prefix, target, args...)
	cmd.Log, cmd.Stdout, cmd.Stderr = s.Log, stdout, s.Output
	return cmd.Run(ctx)
}

// cargoCmd is cargo with a compiler. The source's own config, which it finds there, names the crates that came with it.
func (s *Suite) cargoCmd(prefix, target string, args ...string) *command.Cmd {
	return &command.Cmd{
		Path: filepath.Join(s.Stage0, "bin/cargo"), Dir: s.path("src"),
		Args: append([]string{"--offline"}, args...),
		Env:  append(s.env(prefix), "RUSTC="+filepath.Join(prefix, Rustc), "CARGO_TARGET_DIR="+target, "CARGO_BUILD_JOBS="+strconv.Itoa(s.Jobs)),
	}
}

// env lets a stable compiler be a nightly one, and find its own libraries.
func (s *Suite) env(prefix string) []string {
	return []string{
		"RUSTC_BOOTSTRAP=1", "RUSTFLAGS=", "RUSTC_WRAPPER=", "CARGO_HOME=" + s.path("cargo-home"), "CARGO_BUILD_TARGET",
		"LD_LIBRARY_PATH=" + driverLib(prefix),
	}
}

// driverLib is where a prefix keeps the compiler's own libraries; Debian's packages have a folder for them.
func driverLib(prefix string) string {
	debian := filepath.Join(prefix, "lib/x86_64-linux-gnu")
	if _, err := os.Stat(debian); err == nil {
		return debian
	}
	return filepath.Join(prefix, "lib")
}

func (s *Suite) path(name string) string { return filepath.Join(s.Workspace, name) }
