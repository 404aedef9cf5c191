package rustc

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	values := map[string]string{"STAGE0": "/opt/stage 0", "LLVM_CONFIG": `/a"b\c`, "NONE": ""}
	tests := []struct{ name, in, want, err string }{
		{"value", "rustc = \"${STAGE0}/bin/rustc\"\nx = 1\n", "rustc = \"/opt/stage 0/bin/rustc\"\nx = 1\n", ""},
		{"quoted for TOML", `llvm-config = "${LLVM_CONFIG}"`, `llvm-config = "/a\"b\\c"`, ""},
		{"empty value drops the line", "a = 1\nb = \"${NONE}\"\nc = 2\n", "a = 1\nc = 2\n", ""},
		{"comments stay", "# ${ANY} thing\n", "# ${ANY} thing\n", ""},
		{"unknown", "a = 1\nb = \"${OTHER}\"\n", "", "line 2: ${OTHER} has no value"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := expand(test.in, values)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Fatalf("error %v; want %q", err, test.err)
				}
				return
			}
			if err != nil || got != test.want {
				t.Fatalf("got %q, %v; want %q", got, err, test.want)
			}
		})
	}
}

// The config that people edit must expand with the values that Build has, and nothing else.
func TestExpandOwnConfig(t *testing.T) {
	template, err := os.ReadFile("../../configs/rex-config.toml")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	if err := os.WriteFile(filepath.Join(bin, "llvm-config"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	b := &Build{Workspace: t.TempDir(), Config: "../../configs/rex-config.toml"}
	if err := b.configure(); err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(b.config())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`llvm-config = "` + bin + `/llvm-config"`, `build-dir = "` + b.build() + `"`} {
		if !strings.Contains(string(got), want) {
			t.Errorf("config lacks %s", want)
		}
	}
	if strings.Contains(string(got), "cargo =") || !strings.Contains(string(template), "cargo =") {
		t.Error("without a stage0 the config must leave rustc and cargo to x.py")
	}
}

func TestCrateName(t *testing.T) {
	for folder, want := range map[string]string{
		"syn": "syn", "syn-2.0.93": "syn", "proc-macro2-1.0.92": "proc-macro2",
		"libgit2-sys-0.17.0+1.8.1": "libgit2-sys", "utf-8": "utf",
	} {
		if got := CrateName(folder); got != want {
			t.Errorf("%s: got %s, want %s", folder, got, want)
		}
	}
}

// tree writes files given as path, content, path, content, ...
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		if err := write(filepath.Join(dir, files[i]), []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, path)
			names = append(names, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPrepareDebian(t *testing.T) {
	dir := tree(t,
		"Cargo.lock", "old", "library/Cargo.lock", "old", "src/tools/miri/Cargo.lock", "stays",
		"x.py", "one\n",
		"debian/patches/series", "build/x.patch\n",
		"debian/patches/build/x.patch", "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-one\n+two\n",
		"vendor/git2/old.rs", "old", "vendor/git2/.cargo-checksum.json", `{"files":{"old.rs":"1"},"package":"p"}`,
		"vendor/syn/.cargo-checksum.json", `{"files":{"lib.rs":"1"},"package":"q"}`,
		"extra-vendor/git2/new.rs", "new", "extra-vendor/git2/.cargo-checksum.json", `{"files":{},"package":"r"}`,
	)
	if err := Prepare(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"debian/patches/build/x.patch", "debian/patches/series", "src/tools/miri/Cargo.lock",
		"vendor/git2/.cargo-checksum.json", "vendor/git2/new.rs", "vendor/syn/.cargo-checksum.json", "x.py",
	}
	if got := list(t, dir); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "x.py")); string(got) != "two\n" {
		t.Errorf("x.py is %q: patch not applied", got)
	}
	if got, _ := os.ReadFile(filepath.Join(dir, "vendor/syn/.cargo-checksum.json")); string(got) != `{"files":{},"package":"q"}` {
		t.Errorf("checksums: %s", got)
	}
}

func TestPrepareOfficial(t *testing.T) {
	dir := tree(t, "Cargo.lock", "lock", "vendor/syn/.cargo-checksum.json", `{"files":{"lib.rs":"1"}}`)
	before := list(t, dir)
	if err := Prepare(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	if got := list(t, dir); !slices.Equal(got, before) {
		t.Errorf("changed to %q", got)
	}
}

func TestPrepareBadPatch(t *testing.T) {
	dir := tree(t, "x.py", "other\n", "debian/patches/series", "x.patch\n",
		"debian/patches/x.patch", "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-one\n+two\n")
	err := Prepare(t.Context(), dir)
	if err == nil || !strings.Contains(err.Error(), "patch x.patch does not apply") {
		t.Fatalf("got %v; want an error that names the patch", err)
	}
}

// installed makes a workspace as a bootstrap leaves it, and installs from it.
func installed(t *testing.T) string {
	t.Helper()
	lock := "version = 4\n\n[[package]]\nname = \"core\"\n\n[[package]]\nname = \"cfg-if\"\n"
	source := tree(t, "library/core/src/lib.rs", "core",
		"vendor/syn-2.0.93/Cargo.toml", "", "vendor/syn-1.0.109/Cargo.toml", "",
		"vendor/cfg-if/Cargo.toml", "", "vendor/serde/Cargo.toml", "")
	stage1 := "build/" + Host + "/stage1/"
	workspace := tree(t, "src/library/Cargo.lock", lock,
		stage1+"bin/rustc", "rustc", stage1+"lib/librustc_driver-1.so", "driver",
		stage1+hostLib+"/libstd-1.rlib", "std", stage1+hostLib+"/libstd-1.d", "junk")
	b := &Build{Source: source, Workspace: workspace, Stage0: tree(t, "bin/cargo", "cargo")}
	out := filepath.Join(t.TempDir(), "out")
	if err := b.install(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestInstall(t *testing.T) {
	out := installed(t)
	want := []string{
		"bin/cargo", "bin/rustc", "etc/cargo.toml", "lib/librustc_driver-1.so",
		"lib/rustlib/src/rust/library/Cargo.lock", "lib/rustlib/src/rust/library/core/src/lib.rs",
		"lib/rustlib/src/rust/vendor/cfg-if/Cargo.toml", "lib/rustlib/src/rust/vendor/syn-1.0.109/Cargo.toml",
		"lib/rustlib/src/rust/vendor/syn-2.0.93/Cargo.toml",
		"lib/rustlib/x86_64-unknown-linux-gnu/lib/libstd-1.rlib", "libexec/cargo",
	}
	if got := list(t, out); !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestAssemble(t *testing.T) {
	prefix := installed(t)
	plugin := filepath.Join(tree(t, "librex_passes.so", "elf"), "librex_passes.so")
	crate := tree(t, "src/lib.rs", "one", "Cargo.toml", "no", "target/x.rs", "no")
	bindings := tree(t, "kernel.rs", "two")
	out := filepath.Join(t.TempDir(), "toolchain")
	if err := Assemble(t.Context(), prefix, plugin, subsetPage, []string{crate, bindings}, out); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(out, Plugin)); err != nil || string(got) != "elf" {
		t.Errorf("plugin: %q, %v", got, err)
	}
	const want = "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3  kernel.rs\n" +
		"7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed  src/lib.rs\n"
	if got, err := os.ReadFile(filepath.Join(out, Runtime)); err != nil || string(got) != want {
		t.Errorf("digests: %q, %v; want %q", got, err, want)
	}
	for _, file := range []string{Plugin, Runtime, Subset} {
		if _, err := os.Stat(filepath.Join(prefix, file)); err == nil {
			t.Errorf("%s got into the compiler's own prefix", file)
		}
	}
}
