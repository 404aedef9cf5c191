package rustc

import (
	"bufio"
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
	text, err := os.ReadFile("../../docs/subset.md")
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
