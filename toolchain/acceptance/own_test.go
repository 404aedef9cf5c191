package acceptance

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/vm"
)

// TestOwnSample makes an own sample out of hello as README says, in the ways that people do: with another name, with a name for the program,
// with a loader by another name, and with a crate beside it that is no sample. It is built and runs.
func TestOwnSample(t *testing.T) {
	result(t, "sample-hello")
	p := checkoutWith(t, t.TempDir(), "an own sample")
	dir := filepath.Join(p.Root, "samples/surroundings")
	manifest := filepath.Join(dir, "Cargo.toml")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.Replace(text, []byte(`name = "hello"`), []byte(`name = "mine"`), 1)
	if err := os.WriteFile(manifest, append(text, "\n[[bin]]\nname = \"prog\"\npath = \"src/main.rs\"\n"...), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "loader.c"), filepath.Join(dir, "entry.c")); err != nil {
		t.Fatal(err)
	}
	appendTo(t, filepath.Join(p.Root, "samples/common/Cargo.toml"), "[package]\nname = \"common\"\n")
	appendTo(t, filepath.Join(p.Root, "samples/common/src/lib.rs"), "#![no_std]\n")
	if all, err := p.Samples(); err != nil || len(all) != 1 {
		t.Errorf("samples are %v, %v; want one", all, err)
	}
	var out strings.Builder
	r, err := p.RunSample(t.Context(), "surroundings", &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != vm.Passed {
		t.Errorf("%s: %s\n%s", r.Verdict, r.Reason, out.String())
	}
}
