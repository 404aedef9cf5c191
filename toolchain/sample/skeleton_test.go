package sample

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The suite of the kernel's tests has programs of all types, and maps.
const suite = "../object/testdata/suite.elf"

func TestSkeleton(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my-suite.skel.h")
	if err := writeSkeleton(path, "my-suite", suite, "./target/suite"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"struct my_suite {", "\tstruct bpf_program *", "\tstruct bpf_map *", "\tstruct bpf_link *", `rex_obj_load("./target/suite")`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if err := writeSkeleton(path, "x", "skeleton_test.go", "./x"); err == nil || !strings.Contains(err.Error(), "skeleton_test.go") {
		t.Errorf("of what is no ELF file: %v", err)
	}
}
