package rustc

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// patched returns the lines that the series leaves in files of a folder of the compiler that it adds.
func patched(t *testing.T, folder string) string {
	t.Helper()
	series, err := os.ReadFile("../../rustc-patches/series")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, name := range strings.Fields(string(series)) {
		f, err := os.Open(filepath.Join("../../rustc-patches", name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		within := false
		for s := bufio.NewScanner(f); s.Scan(); {
			line := s.Text()
			if to, ok := strings.CutPrefix(line, "+++ b/"); ok {
				within = strings.HasPrefix(to, folder)
				continue
			}
			if !within || strings.HasPrefix(line, "---") {
				continue
			}
			if added, ok := strings.CutPrefix(line, "+"); ok {
				lines = append(lines, added)
			} else if removed, ok := strings.CutPrefix(line, "-"); ok {
				if i := slices.Index(lines, removed); i >= 0 {
					lines = slices.Delete(lines, i, i+1)
				}
			}
		}
	}
	return strings.Join(lines, "\n")
}

var (
	reason    = regexp.MustCompile(`(?s)(?:why:|let why =|const LEAK: &str =|const UNSAFE: &str =|\("[a-z_]+", )\s*"((?:[^"\\]|\\.)*)"`)
	continued = regexp.MustCompile(`\\\n\s*`)
	spaces    = regexp.MustCompile(`\s+`)
)

// Each reason that the compiler gives is in the documentation, in its own words, so that people find it.
func TestSubsetIsDocumented(t *testing.T) {
	source := patched(t, "compiler/rustc_interface/src/rex/")
	text, err := os.ReadFile(subsetPage)
	if err != nil {
		t.Fatal(err)
	}
	page := spaces.ReplaceAllString(string(text), " ")
	reasons := reason.FindAllStringSubmatch(source, -1)
	if len(reasons) < 30 {
		t.Fatalf("only %d reasons were found in the patches", len(reasons))
	}
	for _, r := range reasons {
		why := spaces.ReplaceAllString(continued.ReplaceAllString(r[1], ""), " ")
		if !strings.Contains(page, why) {
			t.Errorf("docs/subset.md does not have the reason %q", why)
		}
	}
}

const subsetPage = "../../docs/subset.md"

// The page has a section for each rule, under its number.
func TestRulesAreSections(t *testing.T) {
	source := patched(t, "compiler/rustc_interface/src/rex/")
	_, rules, ok := strings.Cut(source, "enum Rule {\n    SafeCode = 1,")
	rules, _, closed := strings.Cut(rules, "}")
	if !ok || !closed {
		t.Fatal("the patches have no list of rules")
	}
	text, err := os.ReadFile(subsetPage)
	if err != nil {
		t.Fatal(err)
	}
	sections := regexp.MustCompile(`(?m)^## REX\d{4}: .`).FindAllString(string(text), -1)
	if want := 1 + len(strings.Fields(rules)); len(sections) != want {
		t.Fatalf("%d sections for %d rules: %q", len(sections), want, sections)
	}
	for i, section := range sections {
		if want := fmt.Sprintf("## REX%04d: ", i+1); !strings.HasPrefix(section, want) {
			t.Errorf("section %d is %q, want %q", i+1, section, want)
		}
	}
}
