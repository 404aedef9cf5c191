package rustc

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/command"
	"rex/toolchain/object/inspection"
)

// target is what extensions are compiled for.
const target = "x86_64-unknown-none"

// rustflags are those of the samples' .cargo/config.toml.
const rustflags = "-Cforce-frame-pointers=y -Csymbol-mangling-version=v0 -Ccodegen-units=1 -Crelocation-model=pie -Crelro-level=full"

// compiler is a toolchain with a runtime that is ready to be linked.
type compiler struct {
	prefix string
	deps   string // folder of the runtime's libraries
	host   string // folder of the macros' libraries
}

func newCompiler(t *testing.T) *compiler {
	t.Helper()
	prefix, plugin := os.Getenv("REX_TEST_RUSTC"), os.Getenv("REX_TEST_PASSES")
	if testing.Short() || prefix == "" || plugin == "" {
		t.Skip("REX_TEST_RUSTC and REX_TEST_PASSES name no compiler and plugin (or -short): the subset is not tested")
	}
	runtime, err := filepath.Abs("testdata/runtime")
	if err != nil {
		t.Fatal(err)
	}
	c := &compiler{prefix: filepath.Join(t.TempDir(), "toolchain")}
	if err := Assemble(t.Context(), prefix, plugin, subsetPage, []string{runtime}, c.prefix); err != nil {
		t.Fatal(err)
	}
	out := c.build(t, runtime, "../library", "../macros", "../attributes")
	c.deps = filepath.Join(out, target, "release/deps")
	c.host = filepath.Join(out, "release/deps")
	return c
}

// build compiles a runtime and crates beside it with cargo, and returns the target folder.
func (c *compiler) build(t *testing.T, runtime string, others ...string) string {
	t.Helper()
	work := t.TempDir()
	manifest := "[package]\nname = \"deps\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[dependencies]\n" +
		fmt.Sprintf("rex = { path = %q }\n", runtime)
	for _, other := range others {
		manifest += fmt.Sprintf("%s = { path = %q }\n", filepath.Base(other), filepath.Join(runtime, other))
	}
	manifest += "\n[profile.release]\npanic = \"abort\"\nlto = true\n"
	if err := write(filepath.Join(work, "Cargo.toml"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := write(filepath.Join(work, "src/lib.rs"), []byte("#![no_std]\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(work, "target")
	err := (&command.Cmd{
		Path: filepath.Join(c.prefix, Cargo), Dir: work,
		Args: []string{"build", "--quiet", "--release", "-Zbuild-std=core", "--target", target},
		Env:  []string{"CARGO_HOME=" + filepath.Join(work, "home"), "CARGO_TARGET_DIR=" + out, "RUSTC=", "RUSTFLAGS=" + rustflags},
	}).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// compile compiles one program for Rex. It returns what the compiler said, and whether it failed.
func (c *compiler) compile(t *testing.T, source, out string, flags ...string) (string, error) {
	t.Helper()
	args := []string{
		source, "--crate-name", "case", "--edition", "2024", "--target", target,
		"-Copt-level=3", "-Cpanic=abort", "-Clinker=ld.mold", "-Zunstable-options", "--color", "never",
		"-Ldependency=" + c.deps, "-Ldependency=" + c.host, "-o", out,
	}
	for name, glob := range map[string]string{
		"rex": c.deps + "/librex-*.rlib", "macros": c.host + "/libmacros-*.so", "attributes": c.host + "/libattributes-*.so", "library": c.deps + "/liblibrary-*.rlib",
		"noprelude:core": c.deps + "/libcore-*.rlib", "noprelude:compiler_builtins": c.deps + "/libcompiler_builtins-*.rlib",
	} {
		found, _ := filepath.Glob(glob)
		if len(found) != 1 && (name == "rex" || strings.HasPrefix(name, "noprelude:")) {
			t.Fatalf("%d files match %s", len(found), glob)
		}
		for _, file := range found {
			args = append(args, "--extern", name+"="+file)
		}
	}
	var said strings.Builder
	err := (&command.Cmd{
		Path: filepath.Join(c.prefix, Rustc), Stderr: &said,
		Args: append(append(args, "-Cenable_rex"), flags...),
	}).Run(t.Context())
	return said.String(), err
}

// directive returns what follows "//@ name: " in a program.
func directive(source, name string) string {
	for line := range strings.Lines(source) {
		if value, ok := strings.CutPrefix(line, "//@ "+name+": "); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// TestCompiler needs a compiler: REX_TEST_RUSTC names its prefix, REX_TEST_PASSES the pass
// plugin. It compiles the programs below testdata with a runtime crate of its own.
func TestCompiler(t *testing.T) {
	c := newCompiler(t)
	t.Run("subset", c.testSubset)
	t.Run("rules", c.testRules)
	t.Run("packages", c.testPackages)
	t.Run("shadowed runtime", c.testShadowedRuntime)
	t.Run("plugin", c.testPlugin)
}

// --explain shows the section of each rule, which comes with the compiler, and no other.
func (c *compiler) testRules(t *testing.T) {
	page, err := os.ReadFile(subsetPage)
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range strings.Split(string(page), "\n## ") {
		rule, _, ok := strings.Cut(section, ":")
		if !ok || !strings.HasPrefix(rule, "REX") {
			continue
		}
		var said strings.Builder
		err := (&command.Cmd{Path: filepath.Join(c.prefix, Rustc), Args: []string{"--explain", strings.ToLower(rule)}, Stdout: &said}).Run(t.Context())
		if want := "## " + strings.TrimSpace(section) + "\n"; err != nil || said.String() != want {
			t.Errorf("%s: %v; got %q, want %q", rule, err, said.String(), want)
		}
	}
	if err := (&command.Cmd{Path: filepath.Join(c.prefix, Rustc), Args: []string{"--explain", "REX9999"}}).Run(t.Context()); err == nil {
		t.Error("REX9999 is explained")
	}
}

func (c *compiler) testSubset(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		for _, path := range programs(t, "testdata/refused") {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".rs"), func(t *testing.T) {
				t.Parallel()
				source, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				want := directive(string(source), "error")
				if want == "" {
					t.Fatal("no line //@ error: says what is expected")
				}
				out := filepath.Join(t.TempDir(), "case")
				said, err := c.compile(t, path, out, strings.Fields(directive(string(source), "flags"))...)
				if err == nil {
					t.Fatalf("compiled; want an error with %q", want)
				}
				if !strings.Contains(said, want) {
					t.Errorf("want an error with %q, got\n%s", want, said)
				}
				if strings.Contains(said, "is not available to kernel extensions") && !strings.Contains(said, "`rustc --explain REX") {
					t.Errorf("no rule is named:\n%s", said)
				}
				if strings.Contains(said, "internal compiler error") {
					t.Errorf("the compiler fell over:\n%s", said)
				}
				// So do cargo check and editors, which make no code, unless the program says that it takes code to see it.
				if directive(string(source), "shows") != "" {
					return
				}
				checked, err := c.compile(t, path, filepath.Join(t.TempDir(), "case"), append(strings.Fields(directive(string(source), "flags")), "--emit=metadata")...)
				if err == nil || !strings.Contains(checked, want) {
					t.Errorf("checked only: %v; want an error with %q, got\n%s", err, want, checked)
				}
			})
		}
	})
	t.Run("accepted", func(t *testing.T) {
		for _, path := range programs(t, "testdata/accepted") {
			t.Run(strings.TrimSuffix(filepath.Base(path), ".rs"), func(t *testing.T) {
				t.Parallel()
				out := filepath.Join(t.TempDir(), "case")
				if said, err := c.compile(t, path, out); err != nil {
					t.Fatalf("%v\n%s", err, said)
				}
				report, err := inspection.File(out, inspection.Kernel{NoExports: "the test's runtime imports nothing"})
				if err != nil {
					t.Fatal(err)
				}
				if err := report.Err(); err != nil {
					t.Error(err)
				}
			})
		}
	})
	runtime, err := filepath.Abs("testdata/runtime/src/lib.rs")
	if err != nil {
		t.Fatal(err)
	}
	flags := filepath.Join(tree(t, "flags", "-Cpasses=dce\n"), "flags")
	t.Run("flags in a file", func(t *testing.T) {
		said, err := c.compile(t, "testdata/accepted/least.rs", filepath.Join(t.TempDir(), "case"), "@"+flags)
		if want := "`-C passes` cannot be given"; err == nil || !strings.Contains(said, want) {
			t.Errorf("%v; want %q, got\n%s", err, want, said)
		}
	})
	for _, test := range []struct{ name, body, want string }{
		{"source of the runtime as a module", fmt.Sprintf("#[path = %q]\nmod runtime;\nfn prog() -> u32 { 0 }", runtime), "an `unsafe` impl"},
		{"source of the runtime included", fmt.Sprintf("mod runtime { include!(%q); }\nfn prog() -> u32 { 0 }", runtime), "an `unsafe` impl"},
		{"crate that nobody has checked", "fn prog() -> u32 { library::read(&1) }", "crate `library` is not available"},
		{"macro of such a crate", "fn prog() -> u32 { library::read!(&raw const PROGRAM as *const u32) }", "crate `library` is not available"},
		{"attribute macro of such a crate", "#[attributes::same]\nfn prog() -> u32 { 0 }", "crate `attributes` is not available"},
		{"derive macro of such a crate", "#[derive(attributes::Nothing)]\nstruct Empty;\nfn prog() -> u32 { 0 }", "crate `attributes` is not available"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := filepath.Join(tree(t, "case.rs",
				"#![no_std]\n#![no_main]\n"+test.body+"\nrex::program!(prog);\n"), "case.rs")
			said, err := c.compile(t, source, filepath.Join(t.TempDir(), "case"))
			if err == nil || !strings.Contains(said, test.want) {
				t.Errorf("%v; want %q, got\n%s", err, test.want, said)
			}
		})
	}
}

// A crate with the runtime's name is not the runtime.
func (c *compiler) testShadowedRuntime(t *testing.T) {
	shadow, err := filepath.Abs("testdata/shadow")
	if err != nil {
		t.Fatal(err)
	}
	out := c.build(t, shadow)
	shadowed := &compiler{prefix: c.prefix, deps: filepath.Join(out, target, "release/deps"), host: filepath.Join(out, "release/deps")}
	source := filepath.Join(tree(t, "case.rs",
		"#![no_std]\n#![no_main]\nextern crate rex;\n"), "case.rs")
	said, err := shadowed.compile(t, source, filepath.Join(t.TempDir(), "case"))
	if want := "crate `rex` is not available"; err == nil || !strings.Contains(said, want) {
		t.Errorf("%v; want %q, got\n%s", err, want, said)
	}
}

// Without its passes the compiler makes no extension.
func (c *compiler) testPlugin(t *testing.T) {
	source, err := filepath.Abs("testdata/accepted/least.rs")
	if err != nil {
		t.Fatal(err)
	}
	plugin := filepath.Join(c.prefix, Plugin)
	if err := os.Remove(plugin); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, content, want string }{
		{"missing", "", "there is no `" + plugin + "`"},
		{"not a library", "text", "`" + plugin + "` cannot be loaded"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.content != "" {
				if err := write(plugin, []byte(test.content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			said, err := c.compile(t, source, filepath.Join(t.TempDir(), "case"))
			if err == nil || !strings.Contains(said, test.want) || strings.Count(said, "error: ") != 1 {
				t.Errorf("%v; want one error with %q, got\n%s", err, test.want, said)
			}
		})
	}
}

func programs(t *testing.T, dir string) []string {
	t.Helper()
	dir, err := filepath.Abs(dir)
	if err != nil {
		t.Fatal(err)
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.rs"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no programs in %s: %v", dir, err)
	}
	return found
}
