package project

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"rex/toolchain/vm"
)

func TestReadMatrix(t *testing.T) {
	read := func(text string) (*Matrix, error) {
		file := filepath.Join(t.TempDir(), "matrix.toml")
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return ReadMatrix(file)
	}
	m, err := read(`samples = ["hello"]`)
	if err != nil || !slices.Equal(m.Kernels, []string{"rex"}) || !slices.Equal(m.CPUs, []int{2}) || m.Memory != 512 {
		t.Errorf("got %+v, %v", m, err)
	}
	for name, test := range map[string]struct{ text, want string }{
		"nothing":       {"", "samples is empty"},
		"unknown field": {"samples = ['hello']\nsample = 1", "sample"},
		"twice":         {"samples = ['hello', 'hello']", "second time"},
		"no CPU":        {"samples = ['hello']\ncpus = [0]", "1 to 64"},
		"little memory": {"samples = ['hello']\nmemory = 1", "MiB"},
		"a path":        {"samples = ['hello']\nkernels = ['../x']", "configs/kernel"},
		"a part":        {"samples = ['hello']\nkernels = ['base']", "configs/kernel"},
	} {
		if _, err := read(test.text); err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "matrix.toml") {
			t.Errorf("%s: got %v; want an error of the file with %q", name, err, test.want)
		}
	}
}

func TestWriteMatrix(t *testing.T) {
	good, bad := cell{Sample: "hello", Kernel: "rex", CPUs: 1, Memory: 512}, cell{Sample: "panic", Kernel: "debug", CPUs: 2, Memory: 512}
	var out strings.Builder
	err := writeMatrix(&out, []cell{good, bad}, map[cell]*cellOutcome{
		good: {Took: 4500 * time.Millisecond, earlier: true}, bad: {Verdict: vm.Splat, Reason: "the kernel reported trouble", Took: time.Minute},
	})
	if err == nil || !strings.HasPrefix(err.Error(), "1 of 2") {
		t.Errorf("got %v; want that one of two did not pass", err)
	}
	for _, want := range []string{"hello   rex     1     passed        4.5 s   earlier", "panic   debug   2     kernel splat  60.0 s  the kernel reported"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table has no %q:\n%s", want, out.String())
		}
	}
}
