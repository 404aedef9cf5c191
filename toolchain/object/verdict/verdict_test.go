package verdict

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"rex/toolchain/object"
	"rex/toolchain/object/reach"
)

// What the toolchain made is accepted, of this year's compiler and of last year's; REX_TEST_OBJECTS names more.
func TestCompiled(t *testing.T) {
	exports, err := object.Exports("../testdata/exports.txt")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob("../testdata/*.elf")
	if err != nil || len(paths) < 5 {
		t.Fatalf("%d objects, %v", len(paths), err)
	}
	for _, path := range append(paths, filepath.SplitList(os.Getenv("REX_TEST_OBJECTS"))...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			v := Of(b, exports)
			for _, r := range v.Refusals {
				t.Error(r)
			}
			if v.Graph == nil || len(v.Graph.Functions) < 10 {
				t.Error("there is hardly any code")
			}
		})
	}
}

// What goes wrong early ends the work, and says so.
func TestEarly(t *testing.T) {
	b, err := os.ReadFile("../testdata/hello.elf")
	if err != nil {
		t.Fatal(err)
	}
	if v := Of(b[:100], nil); len(v.Refusals) != 1 || v.Object != nil {
		t.Errorf("%+v", v)
	}
	if v := Of(b, []string{}); len(v.Refusals) != 1 || v.Stack == nil {
		t.Errorf("without exports: %v", v.Refusals)
	}
}

// The kernel believes the table behind an object: one that says something else than the code is refused.
func TestTable(t *testing.T) {
	b, err := os.ReadFile("../testdata/hello.elf")
	if err != nil {
		t.Fatal(err)
	}
	v := Of(b, nil)
	right := reach.Table(v.Programs)
	if v := Of(append(slices.Clone(b), right...), nil); len(v.Refusals) != 0 {
		t.Errorf("the right one: %v", v.Refusals)
	}
	for n, name := range map[int]string{0: "another program's", 8: "a leaf that is none", 16: "another import"} {
		wrong := slices.Clone(right)
		wrong[n] ^= 1
		if v := Of(append(slices.Clone(b), wrong...), nil); len(v.Refusals) != 1 || !strings.Contains(v.Refusals[0].Why, "not what the code says") {
			t.Errorf("%s: %v", name, v.Refusals)
		}
	}
	right[len(right)-4] = 0xff
	if v := Of(append(slices.Clone(b), right...), nil); len(v.Refusals) != 1 {
		t.Errorf("longer than the file: %v", v.Refusals)
	}
}
