package passes

import (
	"debug/elf"
	"os/exec"
	"path/filepath"
	"testing"

	"rex/toolchain/jobserver"
)

// TestBuild builds the plugin and runs its lit tests.
func TestBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: building the plugin takes half a minute of CPU")
	}
	if _, err := exec.LookPath("llvm-config"); err != nil {
		t.Skip("no llvm-config: `mage shell` has one")
	}
	pool, err := jobserver.New(2)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	source, err := filepath.Abs("../../llvm-passes")
	if err != nil {
		t.Fatal(err)
	}
	b := &Build{Source: source, Workspace: t.TempDir(), Pool: pool}
	out := t.TempDir()
	if err := b.Run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	f, err := elf.Open(filepath.Join(out, File))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range symbols {
		if s.Name == "llvmGetPassPluginInfo" && s.Section != elf.SHN_UNDEF {
			if err := b.Test(t.Context()); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Error("the plugin does not export llvmGetPassPluginInfo")
}
