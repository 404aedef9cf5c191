package conf

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	for name, test := range map[string]struct{ text, want string }{
		"fine":          {"size = 1", ""},
		"unknown field": {"size = 1\n\nsiez = 2", ":3: unknown field siez"},
		"wrong type":    {"\nsize = \"big\"", ":2: toml:"},
		"twice":         {"size = 1\nsize = 2", ":2: toml:"},
		"no TOML":       {"[size", ":1: toml:"},
	} {
		file := filepath.Join(t.TempDir(), "x.toml")
		if err := os.WriteFile(file, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		var into struct {
			Size int `toml:"size"`
		}
		err := Read(file, &into)
		if test.want == "" && (err != nil || into.Size != 1) || test.want != "" && (err == nil || !strings.HasPrefix(err.Error(), file+test.want)) {
			t.Errorf("%s: got %v; want %q", name, err, test.want)
		}
	}
	if err := Read(filepath.Join(t.TempDir(), "none"), new(struct{})); !os.IsNotExist(err) {
		t.Errorf("got %v; want that there is no file", err)
	}
}

func TestLineOf(t *testing.T) {
	for text, want := range map[string]int{
		"a = 1\n\n[vm]\n# cpus = 1\n\ncpus = 2": 6, "vm.cpus = 2": 1, "\n[vm.x]\ncpus = 1\n[vm]\n\"cpus\" = 2": 5, "\nvm = { memory = 1, cpus = 2 }": 2, "cpus = 1": 1,
	} {
		if got := LineOf([]byte(text), "vm", "cpus"); got != want {
			t.Errorf("%q: line %d; want %d", text, got, want)
		}
	}
}
