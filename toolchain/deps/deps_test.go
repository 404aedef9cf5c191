package deps

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func project(t *testing.T) *Config {
	t.Helper()
	c, err := Load(filepath.Join("..", "..", "configs", "deps.toml"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// program writes a script that prints text, and returns its folder.
func program(t *testing.T, name, text string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\nprintf '%s\\n' '"+text+"'\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func tool(t *testing.T, name string) *Tool {
	t.Helper()
	i := slices.IndexFunc(project(t).Tools, func(x *Tool) bool { return x.Name == name })
	if i < 0 {
		t.Fatalf("no tool %s", name)
	}
	return project(t).Tools[i]
}

func TestProbeReadsVersions(t *testing.T) {
	tests := []struct{ tool, program, prints, found, fault string }{
		{"clang", "clang", "Debian clang version 22.1.8 (1)", "22.1.8", ""},
		{"clang", "clang", "clang version 9.0.1", "9.0.1", "unsuitable version"},
		{"clang", "clang", "clang version 23.1.0", "23.1.0", "unsuitable version"},
		{"binutils", "ld", "GNU ld (GNU Binutils for Debian) 2.40", "2.40", ""},
		{"binutils", "ld", "GNU ld (GNU Binutils for Ubuntu) 2.9", "2.9", "unsuitable version"},
		{"binutils", "ld", "GNU ld version 2.41-37.fc40", "2.41", ""},
		{"binutils", "ld", "GNU ld (GNU Binutils; openSUSE Leap 15.6) 2.43.1.20241209-150100.7.52", "2.43.1", ""},
		{"binutils", "ld", "GNU ld (GNU Binutils) 2.43.50.20240915", "2.43.50", ""},
		{"binutils", "ld", "GNU ld (GNU Binutils) 2.43.20240915", "2.43", ""},
		{"binutils", "ld", "GNU ld (GNU Binutils) 2.30.0.20180122", "2.30.0", "unsuitable version"},
		{"binutils", "ld", "GNU ld version 2.30-113.el8", "2.30", "unsuitable version"},
		{"binutils", "ld", "LLD 19.1.7 (compatible with GNU linkers)", "", "says no version"},
		{"gcc", "gcc", "12.2.0", "12.2.0", ""},
		{"perl", "perl", "This is perl 5, version 36, subversion 0 (v5.36.0) built for x", "5.36.0", ""},
		{"pahole", "pahole", "v1.24", "1.24", ""},
		{"python", "python3", "Python 3.9.2", "3.9.2", "unsuitable version"},
		{"mold", "mold", "mold 1.10.1 (compatible with GNU ld)", "1.10.1", ""},
		{"bindgen", "bindgen", "hello", "", "says no version"},
	}
	for _, test := range tests {
		t.Run(test.tool+" "+test.prints, func(t *testing.T) {
			t.Setenv("PATH", program(t, test.program, test.prints)+":/bin:/usr/bin")
			x := tool(t, test.tool)
			x.Programs = []string{test.program}
			if f := x.probe(t.Context()); f.Found != test.found || f.Fault != test.fault {
				t.Errorf("found %q, fault %q; want %q, %q", f.Found, f.Fault, test.found, test.fault)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "[install]\napt = [\"apt-get\"]\n[distribution]\ndebian = \"apt\"\n[[tool]]\nname = \"x\"\n"
	tests := map[string]struct{ text, want string }{
		"unknown field":       {head + "programms = [\"x\"]", "programms"},
		"syntax":              {"[install\n", "line 1"},
		"no program":          {head + "packages = { apt = [\"x\"] }", "either programs or a file"},
		"program and file":    {head + "programs = [\"x\"]\nfile = [\"x.h\"]\npackages = { apt = [\"x\"] }", "either programs or a file"},
		"bad constraint":      {head + "programs = [\"x\"]\nneeded = \"about 3\"\npackages = { apt = [\"x\"] }", "needed"},
		"two groups":          {head + "programs = [\"x\"]\nversion = '(a)(b)'\npackages = { apt = [\"x\"] }", "one group"},
		"no packages":         {head + "programs = [\"x\"]", "no packages"},
		"twice":               {head + "programs = [\"x\"]\npackages = { apt = [\"x\"] }\n[[tool]]\nname = \"x\"\nprograms = [\"x\"]\npackages = { apt = [\"x\"] }", "twice"},
		"unknown distributor": {"[distribution]\nplan9 = \"pkg\"", "plan9"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v; want an error with %q", err, test.want)
			}
		})
	}
}

// A tool that hangs or fails is a finding, not the end.
func TestProbeOfAToolThatFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "mold"), []byte("#!/bin/sh\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+":/bin:/usr/bin")
	x := tool(t, "mold")
	x.Programs = []string{"mold"}
	if f := x.probe(t.Context()); f.Fault != "does not run" {
		t.Errorf("got %+v", f)
	}
}

func TestInstallAsksFirst(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("skipped: root is not asked")
	}
	c := project(t)
	missing := []Finding{{Tool: tool(t, "mold"), Fault: "missing"}}
	err := c.Install(t.Context(), missing, false, func(string) bool { return false }, "")
	if !errors.Is(err, ErrDeclined) || !strings.Contains(err.Error(), "mold") {
		t.Errorf("got %v; want ErrDeclined and the command", err)
	}
}

func TestProbePrefersASuitableOne(t *testing.T) {
	t.Setenv("PATH", program(t, "clang-22", "clang version 18.0.0")+":"+program(t, "clang", "clang version 22.1.0")+":/bin:/usr/bin")
	if f := tool(t, "clang").probe(t.Context()); filepath.Base(f.Path) != "clang" || f.Fault != "" {
		t.Errorf("got %+v; want clang 22.1.0", f)
	}
}

func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	c := project(t)
	c.Tools = []*Tool{tool(t, "mold"), tool(t, "flex")}
	missing := Missing(c.Probe(t.Context()))
	if len(missing) != 2 {
		t.Fatalf("%d missing; want 2", len(missing))
	}
	table := Table(missing)
	if !strings.Contains(table, "mold") || !strings.Contains(table, ">= 1.10") || !strings.Contains(table, "missing; for links extensions") {
		t.Errorf("the table does not say what is missing and why:\n%s", table)
	}
	if got, want := strings.Join(c.InstallCommand(missing, "apt"), " "), "apt-get install --yes --no-install-recommends flex mold"; got != want {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestManager(t *testing.T) {
	c := project(t)
	for text, want := range map[string]string{
		"ID=debian\n": "apt", "ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n": "apt", "ID=fedora": "dnf", "ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"": "zypper", "ID=arch": "pacman",
	} {
		if got, err := c.manager(strings.NewReader(text)); got != want || err != nil {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
	if _, err := c.manager(strings.NewReader("ID=plan9")); err == nil || !strings.Contains(err.Error(), "plan9") {
		t.Errorf("got %v; want an error that names the distribution", err)
	}
}

// Headers and libraries are also where the compilers' own variables say: nixpkgs has no /usr.
func TestProbeOfFiles(t *testing.T) {
	include, lib := t.TempDir(), t.TempDir()
	t.Setenv("CPATH", "/nowhere:"+include)
	t.Setenv("LIBRARY_PATH", "/nowhere:"+lib)
	for file, dir := range map[string]string{"of-our-own.h": include, "libof-our-own.a": lib, "libof-our-own.so": lib} {
		x := &Tool{Name: "own", File: []string{file}}
		if f := x.probe(t.Context()); f.Fault != "missing" {
			t.Errorf("%s: got %+v; want it missing", file, f)
		}
		if err := os.WriteFile(filepath.Join(dir, file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if f := x.probe(t.Context()); f.Path != filepath.Join(dir, file) || f.Fault != "" {
			t.Errorf("%s: got %+v; want it found", file, f)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[install]\napt = [\"a\"]\n[[tool]]\nname = \"x\"\nprograms = [\"x\"]\nneeded = \">= 1\"\npackages = { apt = [\"x\"] }")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse([]byte(text))
		if err != nil {
			return
		}
		for _, tool := range c.Tools {
			if tool.pattern == nil {
				t.Fatalf("tool %q has no pattern", tool.Name)
			}
		}
	})
}
