package dist

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// tool skips a test on a machine without a program; the tools tree has it.
func tool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Skipf("skipped: this machine has no %s", name)
	}
}

func write(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// example is a package of each kind of file. Two of them differ in what a package must not show.
func example(t *testing.T, when time.Time, mode os.FileMode, order []string) *Package {
	dir := t.TempDir()
	for _, name := range order {
		write(t, filepath.Join(dir, "tree", name), "of "+name, mode)
		if err := os.Chtimes(filepath.Join(dir, "tree", name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(dir, "program"), "#!/bin/sh\n", 0o700)
	return &Package{
		Name: "example", Section: "misc", Description: "an example\nof two lines\n\nand one more", Depends: []string{"other (= ${version})"}, Recommends: []string{"third"},
		Scripts: map[string]string{"postinst": "#!/bin/sh\n"},
		Files: []File{
			{Inside: "usr/share/example", Host: filepath.Join(dir, "tree")}, {Inside: "usr/bin/example", Host: filepath.Join(dir, "program")},
			{Inside: "usr/bin/link", Link: "example"}, {Inside: "etc/example", Dir: true}, {Inside: "usr/bin/script", Text: "#!/bin/sh\n", Program: true},
		},
	}
}

var first = Release{Version: "1.2.3-4", Epoch: 315532800}

func build(t *testing.T, p *Package, r Release) string {
	t.Helper()
	out := t.TempDir()
	if err := p.Build(t.Context(), r, t.TempDir(), out, "", nil); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(out, p.FileName(r))
}

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	text, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return string(text)
}

// A package holds what is said, owned by root, with the modes and the time that all have.
func TestContents(t *testing.T) {
	tool(t, "dpkg-deb")
	file := build(t, example(t, time.Now(), 0o600, []string{"a", "b/c"}), first)
	if got, want := output(t, "dpkg-deb", "-f", file), `Package: example
Source: rex
Version: 1.2.3-4
Architecture: amd64
Maintainer: Rex <rex@localhost>
Installed-Size: 4
Depends: other (= 1.2.3-4)
Recommends: third
Section: misc
Priority: optional
Description: an example
 of two lines
 .
 and one more
`; got != want {
		t.Errorf("control is\n%s\nwant\n%s", got, want)
	}
	var got []string
	for line := range strings.Lines(output(t, "dpkg-deb", "-c", file)) {
		f := strings.Fields(line)
		got = append(got, strings.Join([]string{f[0], f[1], f[3], strings.Join(f[5:], " ")}, " "))
	}
	want := []string{
		"drwxr-xr-x root/root 1980-01-01 ./", "drwxr-xr-x root/root 1980-01-01 ./etc/", "drwxr-xr-x root/root 1980-01-01 ./etc/example/",
		"drwxr-xr-x root/root 1980-01-01 ./usr/", "drwxr-xr-x root/root 1980-01-01 ./usr/bin/", "-rwxr-xr-x root/root 1980-01-01 ./usr/bin/example",
		"lrwxrwxrwx root/root 1980-01-01 ./usr/bin/link -> example", "-rwxr-xr-x root/root 1980-01-01 ./usr/bin/script",
		"drwxr-xr-x root/root 1980-01-01 ./usr/share/", "drwxr-xr-x root/root 1980-01-01 ./usr/share/example/", "-rw-r--r-- root/root 1980-01-01 ./usr/share/example/a",
		"drwxr-xr-x root/root 1980-01-01 ./usr/share/example/b/", "-rw-r--r-- root/root 1980-01-01 ./usr/share/example/b/c",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("it holds\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	sums := output(t, "dpkg-deb", "-I", file, "md5sums")
	if lines := strings.Count(sums, "\n"); lines != 4 || !strings.Contains(sums, "usr/share/example/b/c\n") {
		t.Errorf("md5sums are\n%s", sums)
	}
}

// Times, modes, and the order in which files came into being do not show.
func TestSameBytes(t *testing.T) {
	tool(t, "dpkg-deb")
	var sums []string
	for _, p := range []*Package{example(t, time.Now(), 0o600, []string{"a", "b/c", "d"}), example(t, time.Unix(1e9, 0), 0o664, []string{"d", "b/c", "a"})} {
		text, err := os.ReadFile(build(t, p, first))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, fmt.Sprintf("%x", sha256.Sum256(text)))
	}
	if sums[0] != sums[1] {
		t.Errorf("two packages of the same: %s", sums)
	}
}

// The archive has the files of all packages, below the root, and is the same each time.
func TestArchive(t *testing.T) {
	tool(t, "dpkg-deb")
	tool(t, "zstd")
	file := build(t, example(t, time.Now(), 0o644, []string{"a"}), first)
	var sums []string
	for range 2 {
		out := t.TempDir()
		if err := Archive(t.Context(), first, []string{file}, t.TempDir(), out, "", nil); err != nil {
			t.Fatal(err)
		}
		if err := WriteSums(out); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(out, Sums))
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, string(text))
		list := output(t, "tar", "--list", "--verbose", "--numeric-owner", "--use-compress-program=zstd", "--file="+filepath.Join(out, ArchiveName(first)))
		for _, want := range []string{" usr/bin/example\n", " usr/bin/link -> example\n", " usr/share/example/a\n"} {
			if !strings.Contains(list, want) {
				t.Errorf("no %q in\n%s", want, list)
			}
		}
		for line := range strings.Lines(list) {
			if strings.Fields(line)[1] != "0/0" {
				t.Errorf("not root's: %s", line)
			}
		}
	}
	if sums[0] != sums[1] || !strings.HasSuffix(sums[0], "  rex-1.2.3-4-amd64.tar.zst\n") {
		t.Errorf("two archives of the same:\n%s", sums)
	}
}

func TestReleases(t *testing.T) {
	for version, good := range map[string]bool{
		"0.2.0-1": true, "1": true, "6.18.15+rex~rc1-2": true, "": false, "v1": false, "1 2": false, "1-2-3": false, "1:2": false, "1\nDepends: x": false, "-1": false, "1-": false,
	} {
		if err := (Release{Version: version}).Check(); (err == nil) != good {
			t.Errorf("%q: %v", version, err)
		}
	}
}

// What a program loads becomes a dependency, with the version of the symbols that it wants; what no package is known for is an error.
func TestLoaded(t *testing.T) {
	root := t.TempDir()
	self, err := exec.LookPath("tar") // links against libc
	if err != nil {
		t.Skip("skipped: this machine has no tar")
	}
	text, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(root, "bin/tar"), string(text), 0o755)
	write(t, filepath.Join(root, "bin/text"), "no program", 0o755)
	imports, err := importsOf(filepath.Join(root, "bin/tar"))
	if err != nil {
		t.Fatal(err)
	}
	if len(imports["libc.so.6"]) == 0 {
		t.Skipf("skipped: this machine's tar loads no libc: %v", imports)
	}
	for library := range imports { // also those of which only tar knows
		if _, known := libraries[library]; !known {
			write(t, filepath.Join(root, "lib", library), "", 0o644)
		}
	}
	files, err := regular(root)
	if err != nil {
		t.Fatal(err)
	}
	list, err := loaded(root, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || !strings.HasPrefix(list[0], "libc6 (>= 2.") {
		t.Errorf("got %q; want libc6 of some version", list)
	}
	// A static program without symbols, as Go's linker writes it with -s.
	source := filepath.Join(root, "static.go")
	write(t, source, "package main\n\nfunc main() {}\n", 0o644)
	build := exec.Command("go", "build", "-ldflags=-s -w", "-o", filepath.Join(root, "bin/static"), source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if list, err := loaded(root, []string{"bin/static"}); err != nil || len(list) > 0 {
		t.Errorf("a static program: got %q, %v; want nothing", list, err)
	}
	known := libraries["libc.so.6"]
	defer func() { libraries["libc.so.6"] = known }()
	delete(libraries, "libc.so.6")
	if _, err := loaded(root, files); err == nil || !strings.Contains(err.Error(), "bin/tar loads libc.so.6") {
		t.Errorf("got %v; want what nobody knows a package for", err)
	}
}
