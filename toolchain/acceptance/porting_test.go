package acceptance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// blocks returns the blocks of a page that are in a language.
func blocks(page, language string) (found []string) {
	for _, part := range strings.Split(page, "\n```"+language+"\n")[1:] {
		text, _, _ := strings.Cut(part, "\n```\n")
		found = append(found, text+"\n")
	}
	return found
}

// Each step of the page on porting compiles as it stands there, and so does what it starts from.
func TestPorting(t *testing.T) {
	result(t, "sample-hello")
	page, err := os.ReadFile("../../docs/porting.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "ported")
	if err := os.CopyFS(dir, os.DirFS("../../samples/hello")); err != nil {
		t.Fatal(err)
	}
	twin := blocks(string(page), "c")
	steps := blocks(string(page), "rust")
	if len(twin) != 1 || len(steps) != 3 {
		t.Fatalf("%d programs in C and %d in Rust; want 1 and 3", len(twin), len(steps))
	}
	put(t, filepath.Join(dir, "ebpf/hello.bpf.c"), twin[0])
	// Loaders name programs by the skeleton, and these have others.
	put(t, filepath.Join(dir, "loader.c"), "int main(void)\n{\n\treturn 0;\n}\n")
	p := checkoutWith(t, t.TempDir(), "beside a program that is ported")
	for i, step := range steps {
		t.Run(fmt.Sprint(i+1), func(t *testing.T) {
			put(t, filepath.Join(dir, "src/main.rs"), step)
			s, _, err := p.Sample(dir)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Runner.Run(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
}
