package pin

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRewrite(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "configs", "pins.toml"))
	if err != nil {
		t.Fatal(err)
	}
	pins, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	c := pins["linux"]
	if same, err := Rewrite(text, c); err != nil || string(same) != string(text) {
		t.Errorf("unchanged: %v, or the text has changed", err)
	}
	c.Tree = strings.Repeat("a", 64)
	files := c.Origins[0].Files
	files[0].SHA256, files[0].Size = strings.Repeat("b", 64), 1
	// This one has had neither digest nor size.
	files = c.Origins[1].Files
	files[0].SHA256, files[0].Size = strings.Repeat("c", 64), 2
	out, err := Rewrite(text, c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := again["linux"].Origins[1].Files[0]; got.SHA256 != files[0].SHA256 || got.Size != 2 {
		t.Errorf("the archive has digest %s and size %d", got.SHA256, got.Size)
	}
	for name := range pins {
		if name != "linux" && len(again[name].Origins) != len(pins[name].Origins) {
			t.Errorf("%s has changed", name)
		}
	}
	if before, after := strings.Count(string(text), "#"), strings.Count(string(out), "#"); before != after {
		t.Errorf("%d comments became %d", before, after)
	}
}

func TestRewriteRefuses(t *testing.T) {
	sum := strings.Repeat("a", 64)
	text := "[a]\nversion = \"1\"\norigin = [{ kind = \"debian\", file = [{ path = \"pool/x.tar\", sha256 = \"" + sum + "\" }] }]\n"
	pins, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	pins["a"].Origins[0].Files[0].SHA256 = strings.Repeat("b", 64)
	if _, err := Rewrite([]byte(text), pins["a"]); err == nil || !strings.Contains(err.Error(), "pool/x.tar") {
		t.Errorf("got %v; want an error that names the file", err)
	}
}
