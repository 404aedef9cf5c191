package fetch

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAptSources(t *testing.T) {
	tests := map[string]struct {
		parse func(string) []string
		text  string
		want  []string
	}{
		"one line": {func(s string) []string { return oneLine(strings.NewReader(s)) }, `
# deb http://commented.example/debian bookworm main
deb http://a.example/debian bookworm main # and a comment
deb [arch=amd64 signed-by=/x.gpg] https://b.example/debian bookworm main
deb-src http://a.example/debian bookworm main
deb cdrom:[x]/ bookworm main
nonsense`, []string{"http://a.example/debian", "https://b.example/debian", "http://a.example/debian", "cdrom:[x]/"}},
		"deb822": {func(s string) []string { return deb822(strings.NewReader(s)) }, `
Types: deb
# http://commented.example
URIs: http://a.example/debian
  http://b.example/debian
Suites: bookworm

Enabled: no
URIs: http://off.example/debian

Types: deb
URIs: mirror+file:/etc/list file:///srv/debian
`, []string{"http://a.example/debian", "http://b.example/debian", "mirror+file:/etc/list", "file:///srv/debian"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.parse(test.text); !slices.Equal(got, test.want) {
				t.Errorf("got %q; want %q", got, test.want)
			}
		})
	}
}

func TestMirrorFromEnvironment(t *testing.T) {
	t.Setenv("REX_DEBIAN_MIRROR", "file:///srv/mirror")
	if got, err := HostMirrors(); err != nil || !slices.Equal(got, []string{"file:///srv/mirror"}) {
		t.Errorf("got %q, %v", got, err)
	}
}

func FuzzAptSources(f *testing.F) {
	f.Add("deb [a] http://x/ y z\n\nURIs: http://x\n  y")
	f.Fuzz(func(t *testing.T, text string) {
		for _, u := range append(oneLine(strings.NewReader(text)), deb822(strings.NewReader(text))...) {
			for _, m := range resolve(u) {
				if !usable(m) {
					t.Fatalf("%q became %q", u, m)
				}
			}
		}
	})
}

// Debian's cloud images name their mirrors in a list; apt takes file: and copy: with one slash or three.
func TestMirrorsOfAList(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	list := write("mirrors/debian.list", "# ours first\nhttp://a.example/debian\tpriority:1 type:deb\n\nfile:/srv/debian\nmirror+file:"+dir+"/mirrors/debian.list\n")
	for _, uri := range []string{"mirror+file:" + list, "mirror+file://" + list} {
		write("sources.list.d/debian.sources", "Types: deb deb-src\nURIs: "+uri+"\nSuites: bookworm\nComponents: main\n")
		got, err := aptMirrors(dir)
		if want := []string{"http://a.example/debian", "file:///srv/debian"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v; want %q", uri, got, err, want)
		}
	}
	write("sources.list.d/debian.sources", "Types: deb\nURIs: mirror+file:/nothing copy:///srv/debian cdrom:[x]/ http://b.example/debian\nSuites: x\n")
	if got, err := aptMirrors(dir); err != nil || !slices.Equal(got, []string{"file:///srv/debian", "http://b.example/debian"}) {
		t.Errorf("got %q, %v", got, err)
	}
}
