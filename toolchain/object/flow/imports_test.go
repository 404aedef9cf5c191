package flow

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

// Whatever the kernel exports is known here.
func TestPrototypes(t *testing.T) {
	patches, err := filepath.Glob("../../../kernel/*.patch")
	if err != nil || len(patches) == 0 {
		t.Fatalf("no patches: %v", err)
	}
	export := regexp.MustCompile(`(?m)^\+REX_EXPORT\w*\((\w+)[,)]`)
	n := 0
	for _, path := range patches {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range export.FindAllStringSubmatch(string(text), -1) {
			n++
			if _, known := prototypes[m[1]]; !known && !slices.Contains(dataImports, m[1]) {
				t.Errorf("%s has no prototype", m[1])
			}
		}
	}
	if n < 30 {
		t.Errorf("%d exports; is that all?", n)
	}
}
