package pin

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestProjectPins(t *testing.T) {
	pins, err := Load(filepath.Join("..", "..", "configs", "pins.toml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"linux", "rustc", "stage0", "upstream-linux", "upstream-rustc"} {
		if _, err := pins.Component(name); err != nil {
			t.Error(err)
		}
	}
	if _, err := pins.Component("lunix"); err == nil || !strings.Contains(err.Error(), "linux") {
		t.Errorf("got %v; want the list of components", err)
	}
}

func TestParseRefuses(t *testing.T) {
	const sum = `sha256 = "82ee332c20307c8e75b59c2779f3d554c592f5efa454bacf1e58daced5199f89"`
	tests := map[string]struct{ text, want string }{
		"unknown field":     {"[linux]\nversion = \"1\"\nversoin = \"2\"", "versoin"},
		"syntax":            {"[linux\n", "line 1"},
		"no version":        {"[linux]", "version"},
		"no origin":         {"[linux]\nversion = \"1\"", "no origin"},
		"short digest":      {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\npath = \"pool/x\"\nsha256 = \"82ee\"", "64 hexadecimal"},
		"no proof":          {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\npath = \"pool/x\"", "sha256 is missing"},
		"path leaves pool":  {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\npath = \"pool/../x\"\n" + sum, "not below pool"},
		"unknown kind":      {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"ftp\"", "debian, archive or git"},
		"plain http":        {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"archive\"\n[[linux.origin.file]]\nurl = \"http://x/y\"\n" + sum, "no https"},
		"git without proof": {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\nref = \"refs/heads/main\"", "needs a commit"},
		"short commit":      {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\ncommit = \"abc\"", "full commit"},
		"submodule leaves":  {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\ncommit = \"64a3e6d97b96f3d98e1c9296fa7b6f8e7a1c63ce\"\nsubmodules = [\"../x\"]", "within the tree"},
		"url of no file":    {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"archive\"\nurl = \"https://x/y\"", "for git origins"},
		"size in words":     {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\nsize = \"big\"", "line 6, column 8"},
		"prune leaves tree": {"[linux]\nversion = \"1\"\nprune = [\"../x\"]\n[[linux.origin]]\nkind = \"ftp\"", "within the tree"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := Parse([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v; want an error with %q", err, test.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\ncommit = \"64a3e6d97b96f3d98e1c9296fa7b6f8e7a1c63ce\"")
	f.Add("[[linux]]\n=")
	f.Fuzz(func(t *testing.T, text string) {
		pins, err := Parse([]byte(text))
		if err != nil {
			return
		}
		for _, c := range pins {
			for _, o := range c.Origins {
				for _, file := range o.Files {
					if file.SHA256 == "" && c.Tree == "" {
						t.Fatalf("%s comes without proof", c.Name)
					}
				}
			}
		}
	})
}
