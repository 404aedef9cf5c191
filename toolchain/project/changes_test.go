package project

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"rex/toolchain/report"
	"rex/toolchain/sample"
	"rex/toolchain/scaffold"
)

func TestTellChanges(t *testing.T) {
	page, err := os.ReadFile("../../" + changesPage)
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "said"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &Project{Root: "../..", Term: report.NewTerminal(out)}
	ours, err := p.runtimeVersion()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "\n## "+ours.String()+"\n") {
		t.Errorf("%s has no section on version %s", changesPage, ours)
	}
	dir := filepath.Join(t.TempDir(), "mine")
	if err := scaffold.Write(dir, "xdp", "c", majorMinor(ours)); err != nil {
		t.Fatal(err)
	}
	manifest := filepath.Join(dir, "Cargo.toml")
	text, err := os.ReadFile(manifest)
	if err != nil {
		t.Fatal(err)
	}
	now := `rex = "` + majorMinor(ours) + `"`
	if !strings.Contains(string(text), now) {
		t.Fatalf("the manifest has no %s:\n%s", now, text)
	}
	s, err := sample.Open(filepath.Dir(dir), "mine")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ asks, says, refused string }{
		{asks: now},
		{asks: `rex = "*"`},
		{asks: `rex = { path = "../rex" }`},
		{asks: `rex = "0.2"`, says: "a map without `#[rex_map]` does not compile: write it"},
		{asks: `rex = { version = "^0.2.0", path = "../rex" }`, says: "was written for rex ^0.2.0, and this is " + ours.String()},
		{asks: `rex = "99"`, refused: "asks for rex 99, and this checkout's is " + ours.String() + "; update the checkout"},
	} {
		if err := out.Truncate(0); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(manifest, []byte(strings.Replace(string(text), now, test.asks, 1)), 0o644); err != nil {
			t.Fatal(err)
		}
		err := p.tellChanges(s)
		if (err == nil) != (test.refused == "") || err != nil && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("%s: %v; want %q", test.asks, err, test.refused)
		}
		said, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(said), test.says) || test.says == "" && len(said) > 0 {
			t.Errorf("%s: it said %q; want %q", test.asks, said, test.says)
		}
	}
}
