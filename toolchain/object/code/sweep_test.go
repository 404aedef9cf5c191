package code

import (
	"os"
	"testing"

	"rex/toolchain/object"
)

func TestSweep(t *testing.T) {
	b, err := os.ReadFile("../testdata/hello.elf")
	if err != nil {
		t.Fatal(err)
	}
	o, err := object.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	text := Sweep(o)
	for _, r := range text.Refusals {
		t.Error(r)
	}
	for _, f := range text.Functions {
		t.Logf("%+v", *f)
	}
}
