package pin

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/conf"
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
		"short digest":      {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\npath = \"pool/x.tar\"\nsha256 = \"82ee\"", "64 hexadecimal"},
		"no proof":          {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\npath = \"pool/x.tar\"", "sha256 is missing"},
		"path leaves pool":  {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\npath = \"pool/../x.tar\"\n" + sum, "not below pool"},
		"unknown kind":      {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"ftp\"", "debian, archive or git"},
		"plain http":        {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"archive\"\n[[linux.origin.file]]\nurl = \"http://x/y.tar\"\n" + sum, "no https"},
		"git without proof": {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\nref = \"refs/heads/main\"", "needs a commit"},
		"short commit":      {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\ncommit = \"abc\"", "full commit"},
		"submodule leaves":  {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\ncommit = \"64a3e6d97b96f3d98e1c9296fa7b6f8e7a1c63ce\"\nsubmodules = [\"../x\"]", "within the tree"},
		"url of no file":    {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"archive\"\nurl = \"https://x/y\"", "for git origins"},
		"size in words":     {"[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\nsize = \"big\"", "line 6: "},
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

// TestParseRefusesWhatTOMLTakes has what is well-formed and makes no sense; each error names the line where it is.
func TestParseRefusesWhatTOMLTakes(t *testing.T) {
	a := strings.Repeat("a", 64)
	debian := func(fields string) string {
		return "[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"debian\"\n[[linux.origin.file]]\nsha256 = \"" + a + "\"\n" + fields
	}
	archive := func(url string) string {
		return "[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"archive\"\n[[linux.origin.file]]\nsha256 = \"" + a + "\"\nurl = \"" + url + "\"\n"
	}
	git := func(fields string) string {
		return "[linux]\nversion = \"1\"\ntree = \"" + a + "\"\n[[linux.origin]]\nkind = \"git\"\n" + fields
	}
	const good = "path = \"pool/x.tar.gz\"\n"
	component := func(fields string) string {
		return strings.Replace(debian(good), "version", fields+"\nversion", 1)
	}
	tests := map[string]struct {
		text string
		line int
		want string
	}{
		"empty":                  {"", 1, "no component"},
		"only a comment":         {"# linux\n", 1, "no component"},
		"huge size":              {debian(good + "size = 9223372036854775807\n"), 5, "size"},
		"just too large":         {debian(good + "size = 4294967297\n"), 5, "size"},
		"negative size":          {debian(good + "size = -1\n"), 5, "size"},
		"huge strip":             {debian(good + "strip = 9999999999\n"), 5, "strip"},
		"negative strip":         {debian(good + "strip = -1\n"), 5, "strip"},
		"query in a path":        {debian("path = \"pool/x.tar.gz?y=z\"\n"), 5, "path"},
		"escape in a path":       {debian("path = \"pool/%2e%2e/x.tar.gz\"\n"), 5, "path"},
		"space in a path":        {debian("path = \"pool/x y.tar.gz\"\n"), 5, "path"},
		"folder as a path":       {debian("path = \"pool/\"\n"), 5, "path"},
		"hidden name":            {debian("path = \"pool/.tar.gz\"\n"), 5, "path"},
		"unknown format":         {debian("path = \"pool/x.zip\"\n"), 5, "pool/x.zip"},
		"both path and url":      {debian(good + "url = \"https://x/y.tar\"\n"), 5, "no url"},
		"url alone in debian":    {debian("url = \"https://x/y.tar\"\n"), 5, "no url"},
		"path in archive":        {archive("https://x/y.tar") + good, 5, "no path"},
		"url without path":       {archive("https://x.tar"), 5, "url"},
		"url of a folder":        {archive("https://x/"), 5, "url"},
		"url with a query":       {archive("https://x/y.tar?a=b"), 5, "url"},
		"url with a fragment":    {archive("https://x/y.tar#a"), 5, "url"},
		"upper case digest":      {strings.Replace(debian(good), a, strings.ToUpper(a), 1), 5, "lower case"},
		"one file twice":         {debian(good + "[[linux.origin.file]]\nsha256 = \"" + a + "\"\n" + good), 8, "second time"},
		"prune all":              {component("prune = [\".\"]"), 1, "prune"},
		"prune nothing":          {component("prune = [\"\"]"), 1, "prune"},
		"prune twice":            {component("prune = [\"a\", \"a\"]"), 1, "second time"},
		"prune by a way round":   {component("prune = [\"a/../../b\"]"), 1, "prune"},
		"prune a line end":       {component("prune = [\"a\\nb\"]"), 1, "prune"},
		"line end in a version":  {strings.Replace(debian(good), `"1"`, `"1\n2"`, 1), 1, "version"},
		"option as a version":    {strings.Replace(debian(good), `"1"`, `"-f"`, 1), 1, "version"},
		"ref and commit":         {git("url = \"https://x/y\"\nref = \"refs/tags/a\"\ncommit = \"" + a[:40] + "\"\n"), 4, "both"},
		"option as a host":       {git("url = \"https://-oProxyCommand/y\"\ncommit = \"" + a[:40] + "\"\n"), 4, "url"},
		"program as a transport": {git("url = \"ext::sh\"\ncommit = \"" + a[:40] + "\"\n"), 4, "url"},
		"password":               {git("url = \"https://u:p@x/y\"\ncommit = \"" + a[:40] + "\"\n"), 4, "url"},
		"host alone":             {git("url = \"https://x\"\ncommit = \"" + a[:40] + "\"\n"), 4, "url"},
		"short ref":              {git("url = \"https://x/y\"\nref = \"main\"\n"), 4, "ref"},
		"pattern as a ref":       {git("url = \"https://x/y\"\nref = \"refs/heads/*:refs/x\"\n"), 4, "ref"},
		"submodule twice":        {git("url = \"https://x/y\"\nsubmodules = [\"a\", \"a\"]\ncommit = \"" + a[:40] + "\"\n"), 4, "second time"},
		"second component":       {debian(good) + "\n[rustc]\nversion = \"1\"\n", 9, "rustc"},
		"second origin":          {debian(good) + "[[linux.origin]]\nkind = \"ftp\"\n", 8, "origin 2"},
		"duplicate field":        {debian(good + good), 8, "defined"},
		"duplicate table":        {debian(good) + "[linux]\n", 8, "linux"},
		"quoted name":            {strings.ReplaceAll(debian(good), "[linux", "[\"../\\u0078\""), 1, "name"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(test.text))
			var at *conf.Error
			if !errors.As(err, &at) || at.Line != test.line || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v; want line %d and %q", err, test.line, test.want)
			}
		})
	}
	if _, err := Parse([]byte(debian(good))); err != nil {
		t.Errorf("what they all are a variant of: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("[linux]\nversion = \"1\"\n[[linux.origin]]\nkind = \"git\"\nurl = \"https://x/y\"\ncommit = \"64a3e6d97b96f3d98e1c9296fa7b6f8e7a1c63ce\"")
	f.Add("[[linux]]\n=")
	f.Add("[\"\\u0061\"]\nversion=\"1\"\n[[a.origin]]\n[[a.origin.file]]")
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
