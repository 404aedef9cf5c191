package acceptance

import (
	"strings"
	"testing"

	"rex/toolchain/project"
)

// A matrix runs each cell once.
func TestMatrix(t *testing.T) {
	result(t, "kernel")
	m := &project.Matrix{Samples: []string{"hello"}, Kernels: []string{"rex"}, CPUs: []int{1, 3}, Memory: 300}
	for _, want := range []string{"passed", "earlier, with the same content"} {
		var out strings.Builder
		if err := rex.RunMatrix(t.Context(), m, &out); err != nil {
			t.Fatal(err)
		}
		if strings.Count(out.String(), want) != 2 {
			t.Errorf("the table does not say %q twice:\n%s", want, out.String())
		}
	}
}
