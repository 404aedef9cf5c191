package fetch

import (
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
nonsense`, []string{"http://a.example/debian", "https://b.example/debian", "http://a.example/debian"}},
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
`, []string{"http://a.example/debian", "http://b.example/debian", "file:///srv/debian"}},
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
			if !usable(u) {
				t.Fatalf("%q", u)
			}
		}
	})
}
