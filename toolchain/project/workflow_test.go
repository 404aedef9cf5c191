package project

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rhysd/actionlint"

	"rex/toolchain/docs"
)

// What CI services read of this repository, and what a repository of extensions writes to use it (actionlint.Linter; what it calls beside
// itself, shellcheck, is left out).
func TestWorkflows(t *testing.T) {
	page, err := os.ReadFile("../../docs/ci.md")
	if err != nil {
		t.Fatal(err)
	}
	extension := ""
	for _, b := range docs.Parse("docs/ci.md", string(page)).Blocks {
		if b.Is("workflow") {
			extension = strings.Replace(b.Text, "OWNER/rex@main", "./", 1)
		}
	}
	if !strings.Contains(extension, "uses: ./ ") {
		t.Fatalf("docs/ci.md shows no workflow that uses this repository: %q", extension)
	}
	root := t.TempDir()
	for _, file := range []string{"action.yml", ".github/workflows/rex.yml"} {
		text, err := os.ReadFile(filepath.Join("../..", file))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(root, file), string(text))
	}
	workflows := filepath.Join(root, ".github/workflows")
	put(t, filepath.Join(workflows, "extension.yml"), extension)
	put(t, filepath.Join(root, ".git/HEAD"), "ref: refs/heads/main\n")
	linter, err := actionlint.NewLinter(io.Discard, &actionlint.LinterOptions{WorkingDir: root})
	if err != nil {
		t.Fatal(err)
	}
	faults, err := linter.LintRepository(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults {
		t.Errorf("%s", f)
	}
	// It does look.
	put(t, filepath.Join(workflows, "extension.yml"), extension+"          extension: typo\n")
	if faults, err := linter.LintRepository(root); err != nil || len(faults) != 1 {
		t.Errorf("an input that is not there: %v, %v; want one fault", faults, err)
	}
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
