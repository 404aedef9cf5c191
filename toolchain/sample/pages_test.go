package sample

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"rex/toolchain/report"
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
		wanted := []string{"## How to read it", "## What it prints", "## Its twin for eBPF", s.Refused, s.NoTwin}
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

var figureForm = regexp.MustCompile(`(?m)^\| ([^|]+) \| ([\d.]+) \| ([\d.]+) \|$`)

// Figures on the pages are those that a test holds the kernel to, and each of them is on a page of the sample that it is of.
func TestFiguresOnPages(t *testing.T) {
	const file = "../../kernel/bench/figures.json"
	races, err := report.LoadRaces(file)
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("../../docs/samples/*.md")
	if err != nil {
		t.Fatal(err)
	}
	said := map[string]bool{}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		_, figures, _ := strings.Cut(string(text), "\n## Figures\n\n| instructions | Rex | eBPF |\n")
		for _, m := range figureForm.FindAllStringSubmatch(figures, -1) {
			said[m[1]] = true
			var rex, ebpf float64
			if _, err := fmt.Sscan(m[2]+" "+m[3], &rex, &ebpf); err != nil {
				t.Fatal(err)
			}
			want := report.Race{}
			for _, r := range races {
				if r.Name == m[1] {
					want = r
				}
			}
			// As far as figures may change without anybody saying so.
			if math.Abs(rex-want.Rex) > want.Rex/50 || math.Abs(ebpf-want.EBPF) > want.EBPF/50 {
				t.Errorf("%s has %s in %s and %s instructions; %s has %.1f and %.1f", page, m[1], m[2], m[3], file, want.Rex, want.EBPF)
			}
		}
	}
	for _, r := range races {
		if !said[r.Name] && !strings.HasPrefix(r.Name, "load of all") {
			t.Errorf("%s is in %s and on no page", r.Name, file)
		}
	}
}
