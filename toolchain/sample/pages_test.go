package sample

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each sample of the checkout has a twin for eBPF, or a reason why it has none, and a page that says what there is to say of both.
func TestPages(t *testing.T) {
	const samples, pages = "../../samples", "../../docs/samples"
	names, err := List(samples)
	if err != nil || len(names) == 0 {
		t.Fatalf("samples: %q, %v", names, err)
	}
	table, err := os.ReadFile(filepath.Join(samples, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		s, err := Open(samples, name)
		if err != nil {
			t.Error(err)
			continue
		}
		page, err := os.ReadFile(filepath.Join(pages, name+".md"))
		if err != nil {
			t.Errorf("%s has no page: %v", name, err)
			continue
		}
		wanted := []string{"## How to read it", "## What it prints", "## Its twin for eBPF", "## Figures", "<!-- figures: " + name + " -->", s.Refused, s.NoTwin}
		if s.Twin != "" {
			wanted = append(wanted, s.Twin, "mage run "+name+" -ebpf")
		} else if s.NoTwin == "" {
			t.Errorf("%s has neither a twin, %s/%s.bpf.c, nor a reason why not: none below [ebpf] in sample.toml", name, TwinDir, name)
		}
		text := strings.Join(strings.Fields(string(page)), " ")
		for _, part := range wanted {
			if !strings.Contains(text, part) {
				t.Errorf("%s.md does not have %q", name, part)
			}
		}
		if link := "[" + name + "](../docs/samples/" + name + ".md)"; !strings.Contains(string(table), link) {
			t.Errorf("samples/README.md does not link to %s", link)
		}
	}
}
