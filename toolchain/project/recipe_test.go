package project

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/recipe"
	"rex/toolchain/stage"
)

// digests are those of the code of all stages, found in the source at root.
func digests(t *testing.T, root string) map[string]string {
	t.Helper()
	p := &Project{Root: root}
	var err error
	if p.code, err = recipe.Open(root, engine); err != nil {
		t.Fatal(err)
	}
	p.define(&stage.Stage{Name: "tools", Output: "pinned"})
	sums := map[string]string{}
	for _, s := range append(p.All(), p.testStages()...) {
		if sums[s.Name], err = p.recipe(s); err != nil {
			t.Fatal(err)
		}
	}
	return sums
}

// A change of the code changes the inputs of the stages that run it, and of no others.
func TestRecipe(t *testing.T) {
	root := filepath.Join("..", "..")
	before := digests(t, root)
	if before["tools"] != "" {
		t.Error("a stage whose result is pinned has its code as an input")
	}
	var all []string
	for name, sum := range before {
		if name != "tools" {
			all = append(all, name)
			if len(sum) != 64 {
				t.Errorf("%s: no digest: %q", name, sum)
			}
		}
	}
	slices.Sort(all)
	for name, test := range map[string]struct {
		file, old, new string
		want           []string
	}{
		"a comment":               {"toolchain/kernel/kernel.go", "package kernel", "package kernel // and libbpf", nil},
		"layout":                  {"toolchain/kernel/kernel.go", "package kernel", "package   kernel\t", nil},
		"what builds the kernel":  {"toolchain/kernel/kernel.go", `"KBUILD_BUILD_USER=`, `"KBUILD_BUILD_USER=x`, []string{"kernel"}},
		"what tests the kernel":   {"toolchain/kernel/selftests.go", `"feature-llvm=0"`, `"feature-llvm=1"`, nil},
		"a stage's own function":  {"toolchain/project/stages.go", "Compiler: p.compiler, Pool: b.Pool", "Compiler: p.compiler, Pool: nil", []string{"kernel"}},
		"what that calls":         {"toolchain/project/stages.go", `names := []string{"base", "rex"}`, `names := []string{"rex", "base"}`, []string{"kernel"}},
		"what is passed to it":    {"toolchain/rustc/source.go", "func Prepare(", "func Prepare(_ int, ", []string{"rustc-source"}},
		"what unpacks":            {"toolchain/fetch/unpack.go", "0o755", "0o700", []string{"linux-source", "rustc-source", "stage0"}},
		"an embedded file":        {"toolchain/rustc/cargo.sh", "#!/bin/sh", "#!/bin/bash", []string{"rustc", "rustc-source", "tests-examples", "toolchain"}},
		"a module's version":      {"go.mod", "go-gitdiff v0.9.0", "go-gitdiff v0.9.1", []string{"linux-source", "rustc-source", "stage0"}},
		"another module's":        {"go.mod", "progressbar/v3 v3.19.1", "progressbar/v3 v3.19.2", nil},
		"what runs commands":      {"toolchain/command/command.go", "func (c *Cmd) Run(", "func (c *Cmd) Run(_ int, ", all},
		"what a command may see":  {"toolchain/tools/tree.go", `"LC_ALL=C.UTF-8"`, `"LC_ALL=C"`, all},
		"what makes the sandbox":  {"toolchain/sandbox/sandbox.go", "func (b Box) Command(", "func (b Box) Command(_ int, ", all},
		"what runs stages":        {"toolchain/stage/run.go", "errUpstream = ", "errUpstream = 1 + ", nil},
		"a test":                  {"toolchain/kernel/kernel_test.go", "package kernel", "package other", nil},
		"what formats the output": {"toolchain/report/terminal.go", "package report", "package report; var x = 1", nil},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.CopyFS(filepath.Join(dir, "toolchain"), os.DirFS(filepath.Join(root, "toolchain"))); err != nil {
				t.Fatal(err)
			}
			edit(t, filepath.Join(root, "go.mod"), filepath.Join(dir, "go.mod"), "", "")
			edit(t, filepath.Join(root, test.file), filepath.Join(dir, test.file), test.old, test.new)
			var changed []string
			for name, sum := range digests(t, dir) {
				if sum != before[name] {
					changed = append(changed, name)
				}
			}
			slices.Sort(changed)
			if !slices.Equal(changed, test.want) {
				t.Errorf("changed is the code of %v; want %v", changed, test.want)
			}
		})
	}
}

// edit writes a file with a text in another one's place.
func edit(t *testing.T, from, to, old, new string) {
	t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s has no %q to change", from, old)
	}
	if err := os.WriteFile(to, []byte(strings.Replace(string(text), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkRecipe(b *testing.B) {
	for b.Loop() {
		p := &Project{Root: "../.."}
		var err error
		if p.code, err = recipe.Open(p.Root, engine); err != nil {
			b.Fatal(err)
		}
		p.define(&stage.Stage{Name: "tools", Build: func(context.Context, *stage.Build) error { return nil }})
		for _, s := range p.All()[1:] {
			if _, err := p.recipe(s); err != nil {
				b.Fatal(err)
			}
		}
	}
}
