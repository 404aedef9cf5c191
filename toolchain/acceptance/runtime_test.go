package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/command"
	"rex/toolchain/sample"
)

// Commands of cargo: what builds an extension, and what looks whether it would be one, as editors do.
var (
	compiles = []string{"rustc", "--quiet", "--release", "--", "-Cenable_rex"}
	checks   = []string{"check", "--quiet", "--release"}
)

// cargoEnv is what cargo builds extensions with, in the tools tree. The tools' PATH has no toolchain in it; cargo finds its own.
func cargoEnv(b *sample.Build, target string) []string {
	env := append(b.Env(), "CARGO_TARGET_DIR="+target, "CARGO_TERM_COLOR=never")
	return slices.DeleteFunc(env, func(v string) bool { return strings.HasPrefix(v, "PATH=") || !strings.Contains(v, "=") })
}

// extensions returns a function that has cargo compile one program, with the stages' results, or check it.
func extensions(t *testing.T) func(t *testing.T, source string, args []string) (string, error) {
	t.Helper()
	b := &sample.Build{
		Toolchain: result(t, "toolchain"), Source: result(t, "linux-source"), Kernel: result(t, "kernel"), Bindings: result(t, "bindings"),
		Workspace: t.TempDir(),
	}
	manifest, err := os.ReadFile("../../samples/hello/Cargo.toml")
	if err != nil {
		t.Fatal(err)
	}
	runtime, err := filepath.Abs("../../rex")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string]string{
		"Cargo.toml":         strings.Replace(string(manifest), "../../rex", runtime, 1),
		".cargo/config.toml": "", "src/main.rs": "",
	} {
		if name == ".cargo/config.toml" {
			text, err := os.ReadFile("../../samples/.cargo/config.toml")
			if err != nil {
				t.Fatal(err)
			}
			content = string(text)
		}
		put(t, filepath.Join(dir, name), content)
	}
	return func(t *testing.T, source string, args []string) (string, error) {
		t.Helper()
		put(t, filepath.Join(dir, "src/main.rs"), source)
		var said strings.Builder
		err := withTools(t, command.Cmd{
			Path: filepath.Join(b.Toolchain, "bin/cargo"), Args: args,
			Dir: dir, Env: cargoEnv(b, filepath.Join(b.Workspace, "target")), Stderr: &said,
		}, dir, b.Workspace).Run(t.Context())
		return said.String(), err
	}
}

func put(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// whenGenerated are the programs that only code generation or the linker refuses, so that `cargo check` does not: what a generic function makes of its
// types shows when it is compiled for them.
var whenGenerated = []string{
	"field-as-bool", "kernel-memory-as-enum-of-257", "kernel-memory-as-function", "packet-as-char", "packet-as-function", "packet-as-never",
	"program-as-library-function", "program-twice",
}

// TestRuntime compiles programs that turn the runtime crate's own interface against it. The first line of each says what
// the compiler must answer, or warn of, or, where nothing refuses it yet, what stops its effects.
func TestRuntime(t *testing.T) {
	cargo := extensions(t)
	hello, err := os.ReadFile("../../samples/hello/src/main.rs")
	if err != nil {
		t.Fatal(err)
	}
	if said, err := cargo(t, string(hello), compiles); err != nil {
		t.Fatalf("an ordinary program does not compile: %v\n%s", err, said)
	}
	each := func(folder, directive string, judge func(t *testing.T, source, value, said string, err error)) {
		programs, err := filepath.Glob(filepath.Join("../sample/testdata", folder, "*.rs"))
		if err != nil || len(programs) == 0 {
			t.Fatalf("no programs in %s: %v", folder, err)
		}
		for _, path := range programs {
			t.Run(folder+"/"+strings.TrimSuffix(filepath.Base(path), ".rs"), func(t *testing.T) {
				source, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				line, _, _ := strings.Cut(string(source), "\n")
				value, ok := strings.CutPrefix(line, "//@ "+directive+": ")
				if !ok || value == "" {
					t.Fatalf("the first line says no //@ %s:", directive)
				}
				said, err := cargo(t, string(source), compiles)
				judge(t, string(source), value, said, err)
			})
		}
	}
	each("refused", "error", func(t *testing.T, source, want, said string, err error) {
		if err == nil || !strings.Contains(said, want) || strings.Contains(said, "internal compiler error") {
			t.Errorf("%v; want %q, got\n%s", err, want, said)
		}
		said, err = cargo(t, source, checks)
		if shown := err != nil && strings.Contains(said, want); shown == slices.Contains(whenGenerated, filepath.Base(t.Name())) {
			t.Errorf("cargo check: %v, shown is %t\n%s", err, shown, said)
		}
	})
	each("warned", "warning", func(t *testing.T, _, want, said string, err error) {
		if err != nil || strings.Count(said, want) != 1 {
			t.Errorf("%v; want %q once, got\n%s", err, want, said)
		}
	})
	each("open", "open", func(t *testing.T, _, _, said string, err error) {
		if err != nil {
			t.Errorf("it is refused now; move it to refused: %v\n%s", err, said)
		}
	})
}
