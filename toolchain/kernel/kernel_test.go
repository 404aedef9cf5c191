package kernel

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// A setting that Kconfig dropped is an error that names it; what a later fragment overrides is not.
func TestCheckConfig(t *testing.T) {
	base := write(t, "base.config", "CONFIG_BPF=y\nCONFIG_IPV6=n\n# CONFIG_VT is not set\nCONFIG_NR_CPUS=64\nCONFIG_KASAN=n\n")
	debug := write(t, "debug.config", "CONFIG_KASAN=y\n")
	tests := map[string]struct {
		final, fault string
	}{
		"kept":          {"CONFIG_BPF=y\n# CONFIG_IPV6 is not set\nCONFIG_NR_CPUS=64\nCONFIG_KASAN=y\n", ""},
		"dropped":       {"CONFIG_IPV6=n\nCONFIG_NR_CPUS=64\nCONFIG_KASAN=y\n", "base.config: CONFIG_BPF=y"},
		"turned on":     {"CONFIG_BPF=y\nCONFIG_VT=y\nCONFIG_NR_CPUS=64\nCONFIG_KASAN=y\n", "CONFIG_VT"},
		"another value": {"CONFIG_BPF=y\nCONFIG_NR_CPUS=8\nCONFIG_KASAN=y\n", `CONFIG_NR_CPUS=64 became "8"`},
		"debug dropped": {"CONFIG_BPF=y\nCONFIG_NR_CPUS=64\n", "debug.config: CONFIG_KASAN=y"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := (&Build{Fragments: []string{base, debug}}).checkConfig(write(t, ".config", test.final))
			if (err == nil) != (test.fault == "") || err != nil && !strings.Contains(err.Error(), test.fault) {
				t.Errorf("got %v; want %q", err, test.fault)
			}
		})
	}
}

func TestParseCompiler(t *testing.T) {
	for text, want := range map[string]Compiler{"": LLVM, "llvm": LLVM, "GNU": GNU} {
		if got, err := ParseCompiler(text); got != want || err != nil {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
	if _, err := ParseCompiler("icc"); err == nil || !strings.Contains(err.Error(), "llvm or gnu") {
		t.Errorf("got %v; want the choices", err)
	}
}

func TestExportsOfAStockKernel(t *testing.T) {
	self, err := os.Executable() // an ELF file with symbols and no export table
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exports(self); err == nil {
		t.Error("a file without an export table was taken")
	}
}

func TestFlags(t *testing.T) {
	for name, test := range map[string]struct {
		build Build
		want  string
	}{
		"llvm": {Build{Compiler: LLVM}, "LLVM=1"},
	} {
		if got := strings.Join(test.build.flags(), " "); !strings.Contains(got, test.want) {
			t.Errorf("%s: got %q; want %s in it", name, got, test.want)
		}
	}
	if got := strings.Join((&Build{Compiler: GNU}).flags(), " "); strings.Contains(got, "LLVM") {
		t.Errorf("gnu: got %q", got)
	}
}

// What a build before had configured is no part of a result.
func TestCopyTreeLeavesStamps(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"config/MODULE_SIG_ALL": "", "config/auto.conf": "CONFIG_BPF=y\n", "generated/autoconf.h": "#define CONFIG_BPF 1\n", "generated/empty.h": ""} {
		path := filepath.Join(from, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := copyTree(from, to); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{"config/MODULE_SIG_ALL": false, "config/auto.conf": true, "generated/autoconf.h": true, "generated/empty.h": true} {
		if _, err := os.Stat(filepath.Join(to, name)); (err == nil) != want {
			t.Errorf("%s: %v; want it there: %v", name, err, want)
		}
	}
}

// Of a user's configuration it is said what Rex asks for, what has changed, and why.
func TestChanges(t *testing.T) {
	base := write(t, "config-1.2", "CONFIG_BPF=y\nCONFIG_KALLSYMS_ALL=n\nCONFIG_LOCALVERSION=\"\"\nCONFIG_SIG=m\nCONFIG_CC_VERSION_TEXT=\"gcc\"\n")
	needs := write(t, "needs.config", "CONFIG_BPF=y\nCONFIG_KALLSYMS_ALL=y\nCONFIG_KEYS=\"\"\n")
	got, err := (&Build{Base: base, Fragments: []string{needs}}).changes(write(t, ".config", "CONFIG_BPF=y\nCONFIG_KALLSYMS_ALL=y\nCONFIG_CC_VERSION_TEXT=\"clang\"\nCONFIG_NEW=y\n"))
	want := `Rex asks for:
CONFIG_BPF=y (needs.config)
CONFIG_KALLSYMS_ALL=y (needs.config)
CONFIG_KEYS=n (needs.config)

3 settings differ from config-1.2:
CONFIG_KALLSYMS_ALL: y, was n (needs.config)
CONFIG_NEW: y, was n (Kconfig: it follows from others, or this kernel has another choice)
CONFIG_SIG: n, was m (Kconfig: it follows from others, or this kernel has another choice)
`
	if err != nil || got != want {
		t.Errorf("%v; got\n%s\nwant\n%s", err, got, want)
	}
}
