package acceptance

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/command"
	"rex/toolchain/kernel"
	"rex/toolchain/object"
	"rex/toolchain/object/verdict"
	"rex/toolchain/sample"
)

// TestLevels compiles all samples at every level of optimization but z, and the kernel's tests at theirs: the checker accepts what comes of it.
func TestLevels(t *testing.T) {
	b := &sample.Build{
		Toolchain: result(t, "toolchain"), Source: result(t, "linux-source"), Kernel: result(t, "kernel"), Bindings: result(t, "bindings"), Workspace: t.TempDir(),
	}
	exports, err := object.Exports(filepath.Join(b.Kernel, kernel.Exports))
	if err != nil {
		t.Fatal(err)
	}
	names, err := sample.List("../../samples")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for from, to := range map[string]string{"samples": "samples", "kernel/tests": "kernel/tests", "librex/rex": "rex", "librex/rex-macros": "rex-macros"} {
		if err := os.CopyFS(filepath.Join(dir, to), os.DirFS(filepath.Join("../..", from))); err != nil {
			t.Fatal(err)
		}
	}
	target := t.TempDir() // core and the runtime are the same at every level
	for _, level := range []string{"0", "1", "2", "3", "s"} {
		t.Run(level, func(t *testing.T) {
			all := names
			if level == "3" {
				// At 0 a frame of theirs is larger than one may be, of an array of 65 tasks; at 2 one computes with what it throws away.
				all = append(slices.Clone(names), "../kernel/tests")
			}
			for _, name := range all {
				crate := filepath.Join(dir, "samples", name)
				var said strings.Builder
				err := withTools(t, command.Cmd{
					Path: filepath.Join(b.Toolchain, "bin/cargo"), Args: []string{"--config", filepath.Join(dir, "samples/.cargo/config.toml"),
						"--config", `profile.release.opt-level=` + asLevel(level), "rustc", "--quiet", "--release", "--", "-Cenable_rex"},
					Dir: crate, Env: cargoEnv(b, target), Stderr: &said,
				}, dir, b.Workspace, target).Run(t.Context())
				if err != nil {
					t.Errorf("%s: %v\n%s", name, err, said.String())
					continue
				}
				for _, file := range programsIn(t, filepath.Join(target, sample.Target, "release")) {
					content, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					for _, r := range verdict.Of(content, exports).Refusals {
						t.Errorf("%s: %v", name, r)
					}
					if err := os.Remove(file); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// asLevel is a level as cargo's profiles have it: a number, or text.
func asLevel(level string) string {
	if level >= "0" && level <= "3" {
		return level
	}
	return `"` + level + `"`
}

// programsIn are the objects that cargo has left in a folder: files without an ending.
func programsIn(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var files []string
	for _, e := range entries {
		if e.Type().IsRegular() && !strings.ContainsAny(e.Name(), ".") {
			files = append(files, filepath.Join(dir, e.Name()))
		}
	}
	if len(files) == 0 {
		t.Fatalf("no object in %s", dir)
	}
	return files
}
