package acceptance

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/project"
	"rex/toolchain/sample"
	"rex/toolchain/worktree"
)

// checkoutWith copies what builds read of the checkout to root, and hello as the sample "surroundings", with a comment
// at its end, which makes its key another one and its object not.
func checkoutWith(t *testing.T, root, comment string) *project.Project {
	t.Helper()
	sources := []string{"configs", "docs/subset.md", "go.mod", "go.sum", "go.work", "go.work.sum", "kernel", "librex", "llvm-passes", "magefiles", "rustc-patches", "samples/.cargo", "samples/hello", "toolchain"}
	if err := worktree.Collect(t.Context(), "../..", root, sources, func(_, path string) bool { return sample.Skip(path) }); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(root, "samples/hello"), filepath.Join(root, "samples/surroundings")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("librex/rex", filepath.Join(root, "rex")); err != nil {
		t.Fatal(err)
	}
	appendTo(t, filepath.Join(root, "samples/surroundings/src/main.rs"), "// "+comment+"\n")
	p, err := project.Open(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(old, text...), 0o644); err != nil {
		t.Fatal(err)
	}
}

// build builds the sample and returns what came of it.
func build(t *testing.T, p *project.Project) ([]byte, error) {
	t.Helper()
	s, _, err := p.Sample("surroundings")
	if err != nil {
		t.Fatal(err)
	}
	results, err := p.Runner.Run(t.Context(), s)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(results[s.Name].Dir, "target", sample.Target, "release/hello"))
	if err != nil {
		t.Fatal(err)
	}
	return text, nil
}

// TestSurroundings builds a sample where somebody's cargo configuration and workspace, another day's lock file and a
// person's environment would like to have a say: the object is the same as without them.
func TestSurroundings(t *testing.T) {
	result(t, "sample-hello")
	plain, err := build(t, checkoutWith(t, t.TempDir(), "plain"))
	if err != nil {
		t.Fatal(err)
	}
	above := t.TempDir()
	appendTo(t, filepath.Join(above, "Cargo.toml"), "[workspace]\nmembers = []\n")
	appendTo(t, filepath.Join(above, ".cargo/config.toml"), "[profile.release]\nopt-level = \"s\"\n[target.'cfg(target_arch = \"x86_64\")']\nrustflags = [\"-Ctarget-cpu=native\"]\n")
	for name, value := range map[string]string{
		"CARGO_PROFILE_RELEASE_OPT_LEVEL": "s", "CARGO_TARGET_X86_64_UNKNOWN_NONE_RUSTFLAGS": "-Ctarget-cpu=native", "RUSTFLAGS": "-Copt-level=1",
		"CFLAGS": "-O0 -g3", "LDFLAGS": "-nothing", "RUSTC_WRAPPER": "/nothing", "RUSTUP_TOOLCHAIN": "nothing",
	} {
		t.Setenv(name, value)
	}
	p := checkoutWith(t, filepath.Join(above, "rex"), "surrounded")
	appendTo(t, p.Root+"/samples/surroundings/Cargo.lock", "version = 4\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\ndependencies = [\"rex\"]\n\n"+
		"[[package]]\nname = \"proc-macro2\"\nversion = \"1.0.95\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\n[[package]]\nname = \"rex\"\nversion = \"0.2.0\"\n")
	surrounded, err := build(t, p)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(plain, surrounded) {
		t.Error("the object is another one than without the surroundings")
	}
}

// TestUndeclaredFile builds a sample that reads a file outside of its folder, which its key cannot know of: it is refused,
// however the file is named.
func TestUndeclaredFile(t *testing.T) {
	result(t, "sample-hello")
	for name, change := range map[string]func(dir string){
		"#[path]": func(dir string) {
			appendTo(t, filepath.Join(dir, "src/main.rs"), "#[path = \"../../../shared/w.rs\"]\nmod words;\n")
		},
		"link": func(dir string) {
			appendTo(t, filepath.Join(dir, "src/main.rs"), "mod words;\n")
			if err := os.Symlink("../../../shared/w.rs", filepath.Join(dir, "src/words.rs")); err != nil {
				t.Fatal(err)
			}
		},
		"#include": func(dir string) {
			appendTo(t, filepath.Join(dir, "loader.c"), "#include \"../../shared/w.h\"\n")
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := checkoutWith(t, t.TempDir(), name)
			appendTo(t, filepath.Join(p.Root, "shared/w.rs"), "pub const WORD: &str = \"one\";\n")
			appendTo(t, filepath.Join(p.Root, "shared/w.h"), "#define WORD \"one\"\n")
			change(filepath.Join(p.Root, "samples/surroundings"))
			_, err := build(t, p)
			if err == nil || !strings.Contains(err.Error(), "nothing else of the checkout") || !strings.Contains(err.Error(), "w") {
				t.Errorf("got %v; want an error that says what a build sees", err)
			}
		})
	}
}

// TestFolderCalledTarget: only cargo's own target folder, at the top, is no input.
func TestFolderCalledTarget(t *testing.T) {
	result(t, "sample-hello")
	root := t.TempDir()
	p := checkoutWith(t, root, "a module called target")
	dir := filepath.Join(root, "samples/surroundings")
	appendTo(t, filepath.Join(dir, "src/main.rs"), "mod target;\n")
	module := filepath.Join(dir, "src/target/mod.rs")
	appendTo(t, module, "pub static WORD: &[u8; 7] = b\"word-01\";\n")
	if _, err := build(t, p); err != nil {
		t.Fatal(err)
	}
	appendTo(t, module, "// edited\n")
	s, _, err := p.Sample("surroundings")
	if err != nil {
		t.Fatal(err)
	}
	why, err := p.Runner.Why(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if why.Result != nil {
		t.Error("after an edit in src/target the old result is taken for the new one's")
	}
}
