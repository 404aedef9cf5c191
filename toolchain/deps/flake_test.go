package deps

import (
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	version "github.com/hashicorp/go-version"

	"rex/toolchain/command"
)

const flakeSystem = "x86_64-linux"

// flake is a folder with what flake.nix reads, and a nix with a store of its own.
type flake struct{ dir, home string }

func newFlake(t *testing.T) *flake {
	t.Helper()
	if _, err := exec.LookPath("nix"); err != nil {
		t.Skip("skipped: there is no nix here to evaluate flake.nix with (Debian: nix-bin)")
	}
	f := &flake{t.TempDir(), t.TempDir()}
	t.Cleanup(func() {
		// What is in a store is read-only.
		_ = filepath.WalkDir(f.home, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				err = os.Chmod(path, 0o755)
			}
			return err
		})
	})
	for _, name := range []string{"flake.nix", "go.mod", "configs/deps.toml"} {
		text, err := os.ReadFile(filepath.Join("..", "..", name))
		if err != nil {
			t.Fatal(err)
		}
		f.write(t, name, string(text))
	}
	return f
}

// stub is the folder of a nixpkgs of names and versions.
func stub(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("testdata/nixpkgs")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func (f *flake) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(f.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (f *flake) read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(f.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// nix runs a command on the flake, or on what it has at an attribute, with the nixpkgs of testdata. It needs neither root,
// a daemon nor a network, and nothing of the machine's own store.
func (f *flake) nix(t *testing.T, attribute string, args ...string) (string, error) {
	t.Helper()
	args = append([]string{"--extra-experimental-features", "nix-command flakes", "--offline"}, args...)
	args = append(args, "--no-write-lock-file", "--override-input", "nixpkgs", "path:"+stub(t), "path:"+f.dir+attribute)
	c := command.Cmd{Path: "nix", Args: args, Dir: f.dir, Env: []string{"HOME=" + f.home, "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NIX_PATH", "NIX_REMOTE=", "NIX_CONFIG=build-users-group ="}}
	for variable, dir := range map[string]string{"NIX_STORE_DIR": "store", "NIX_STATE_DIR": "state", "NIX_LOG_DIR": "log", "NIX_CONF_DIR": "conf"} {
		c.Env = append(c.Env, variable+"="+filepath.Join(f.home, dir))
	}
	return c.Output(t.Context())
}

// eval evaluates an attribute into value.
func (f *flake) eval(t *testing.T, attribute string, value any, args ...string) {
	t.Helper()
	text, err := f.nix(t, "#"+attribute, append([]string{"eval", "--json"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(text), value); err != nil {
		t.Fatalf("%s: %v", attribute, err)
	}
}

// toolsOfNix are those that are needed with nixpkgs.
func toolsOfNix(t *testing.T) []*Tool {
	t.Helper()
	return slices.DeleteFunc(project(t).Tools, func(x *Tool) bool { return len(x.Packages["nix"]) == 0 })
}

// The shell has every tool of deps.toml in a version that deps.toml takes, and otherwise what is said here.
func TestFlakeHasTheToolsOfDeps(t *testing.T) {
	f := newFlake(t)
	var got struct {
		Tools map[string][]struct{ Pname, Version string }
		More  []struct{ Pname, Version string }
	}
	f.eval(t, "lib."+flakeSystem, &got)
	for _, x := range toolsOfNix(t) {
		packages := got.Tools[x.Name]
		delete(got.Tools, x.Name)
		if len(packages) == 0 || len(packages) != len(x.Packages["nix"]) {
			t.Errorf("%s: %d packages; want those of %q", x.Name, len(packages), x.Packages["nix"])
			continue
		}
		v, err := version.NewVersion(packages[0].Version)
		if err != nil || x.constraint != nil && !x.constraint.Check(v) {
			t.Errorf("%s: version %s; want %s", x.Name, packages[0].Version, x.Needed)
		}
	}
	for name := range got.Tools {
		t.Errorf("%s is no tool of deps.toml", name)
	}
	var more []string
	for _, p := range got.More {
		more = append(more, p.Pname)
	}
	if want := []string{"go", "cpio", "gdb"}; !slices.Equal(more, want) {
		t.Errorf("besides the tools there are %q; want %q", more, want)
	}
}

// What testdata has is what is used: a name that nixpkgs does not have can't hide behind one that nothing needs.
func TestFlakeUsesWhatItsNixpkgsHas(t *testing.T) {
	f := newFlake(t)
	var names []string
	nixpkgs := &flake{stub(t), f.home}
	nixpkgs.eval(t, "legacyPackages."+flakeSystem, &names, "--apply", "builtins.attrNames")
	text := f.read(t, "flake.nix") + f.read(t, "configs/deps.toml")
	for _, name := range names {
		if !regexp.MustCompile(`\b(pkgs|nixpkgs)\.` + regexp.QuoteMeta(name) + `\b`).MatchString(text) {
			t.Errorf("testdata/nixpkgs has %s, which nothing needs", name)
		}
	}
}

func TestFlakeShell(t *testing.T) {
	f := newFlake(t)
	if _, err := f.nix(t, "", "flake", "check", "--no-build"); err != nil {
		t.Error(err)
	}
	var shell map[string]any
	f.eval(t, "devShells."+flakeSystem+".default.drvAttrs", &shell)
	if shell["REX_TOOLS"] != "host" {
		t.Errorf("REX_TOOLS is %v; want host", shell["REX_TOOLS"])
	}
	for variable, wants := range map[string][]string{
		"CPATH":         {"/[^:]*-elfutils-[^:]*-dev/include", "/[^:]*-zlib-[^:]*-dev/include", "/[^:]*-openssl-[^:]*-dev/include"},
		"LIBRARY_PATH":  {"/[^:]*-elfutils-[0-9.]*/lib", "/[^:]*-zlib-[^:]*-static/lib", "/[^:]*-zstd-[0-9.]*/lib"},
		"LIBCLANG_PATH": {"/[^:]*-clang-[^:]*-lib/lib"},
	} {
		value, _ := shell[variable].(string)
		for _, want := range wants {
			if !regexp.MustCompile("(^|:)" + want + "(:|$)").MatchString(value) {
				t.Errorf("%s is %s; want %s in it", variable, value, want)
			}
		}
		if strings.Contains(value, "-glibc-") {
			t.Errorf("%s has the C library, which would come before the compiler's own files: %s", variable, value)
		}
	}
}

// nixos-unstable moves: what does not fit is said, with both versions, before anything is built.
func TestFlakeRefuses(t *testing.T) {
	tests := map[string]struct {
		file, text, with string
		want             string
	}{
		"an old version":   {"configs/deps.toml", `">= 1.10"`, `">= 1.10, > 99"`, "needed is >= 1.10, > 99"},
		"a new version":    {"configs/deps.toml", `">= 22, < 23"`, `">= 20, < 22"`, "clang 22.1.8, needed is >= 20, < 22"},
		"an odd bound":     {"configs/deps.toml", `">= 1.10"`, `"~> 1.10"`, "`~> 1.10` is no bound"},
		"an old go":        {"go.mod", "\ngo ", "\ngo 9", "nixpkgs has go "},
		"an unknown name":  {"configs/deps.toml", "nixpkgs.mold", "nixpkgs.mould", "nixpkgs has no nixpkgs.mould"},
		"an unknown input": {"flake.nix", "pkgs.gdb", "pkgs.gdb-of-its-own", "gdb-of-its-own"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFlake(t)
			f.write(t, test.file, strings.ReplaceAll(f.read(t, test.file), test.text, test.with))
			if _, err := f.nix(t, "#devShells."+flakeSystem+".default.drvPath", "eval"); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v; want an error with %q", err, test.want)
			}
		})
	}
}

// The check that is built with the real nixpkgs finds what is there, and names the tool that is not.
func TestFlakeCheckOfTools(t *testing.T) {
	f := newFlake(t)
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("skipped: the check is a script for bash, which is not here")
	}
	var script string
	f.eval(t, "checks."+flakeSystem+".present.script", &script)
	place := t.TempDir()
	run := func() (string, error) {
		return (&command.Cmd{Path: bash, Args: []string{"-ec", script}, Dir: place, Env: []string{
			"PATH=" + place + "/bin", "CPATH=/nowhere:" + place + "/include", "LIBRARY_PATH=" + place + "/lib", "out=" + place + "/out",
		}}).Output(t.Context())
	}
	empty := func(name string) {
		file := filepath.Join(place, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("#!"+bash+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	touch, err := exec.LookPath("touch")
	if err != nil {
		t.Fatal(err)
	}
	empty("bin/bash")
	if err := os.Symlink(touch, filepath.Join(place, "bin", "touch")); err != nil {
		t.Fatal(err)
	}
	for _, x := range toolsOfNix(t) {
		if len(x.Programs) > 0 {
			empty(filepath.Join("bin", filepath.Base(x.Programs[len(x.Programs)-1])))
			continue
		}
		for _, name := range x.File {
			if !filepath.IsAbs(name) {
				empty(filepath.Join("include", name))
			}
		}
	}
	if _, err := run(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(place, "out")); err != nil {
		t.Error(err)
	}
	for _, missing := range []string{"bin/mold", "include/gelf.h"} {
		if err := os.Remove(filepath.Join(place, missing)); err != nil {
			t.Fatal(err)
		}
		if _, err := run(); err == nil || !strings.Contains(err.Error(), "there is none of") {
			t.Errorf("without %s: got %v; want an error that says what was looked for", missing, err)
		}
		empty(missing)
	}
}
