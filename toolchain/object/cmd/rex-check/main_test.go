package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestStatus(t *testing.T) {
	const good = "../../testdata/hello.elf"
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(t.TempDir(), "bad")
	if err := os.WriteFile(bad, bytes.Replace(b, []byte("\x66\x66\x66\x2e"), []byte("\x66\x66\x66\x65"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args   []string
		status int
		out    string // a part of what is written
	}{
		"accepted":         {[]string{"-exports", "../../testdata/exports.txt", good}, accepted, "hello.elf: accepted\n"},
		"without exports":  {[]string{good}, accepted, "accepted; imports were not looked at"},
		"refused":          {[]string{bad}, refused, "segment register"},
		"one of two":       {[]string{good, bad}, refused, "refused"},
		"no file":          {[]string{good, "/nonexistent"}, failed, "no such file"},
		"no object":        {[]string{"main.go"}, refused, "not an ELF file"},
		"nothing":          {nil, failed, "usage"},
		"unknown flag":     {[]string{"-x", good}, failed, "usage"},
		"no such exports":  {[]string{"-exports", "/nonexistent", good}, failed, "no such file"},
		"other exports":    {[]string{"-exports", os.DevNull, good}, refused, "export table"},
		"a folder":         {[]string{"."}, failed, "is a directory"},
		"cut in the midst": {[]string{cut(t, b)}, refused, "refused"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			if status := run(test.args, &out, &out); status != test.status || !strings.Contains(out.String(), test.out) {
				t.Errorf("status %d; want %d:\n%s", status, test.status, out.String())
			}
		})
	}
}

// cut writes the first half of a file.
func cut(t *testing.T, b []byte) string {
	path := filepath.Join(t.TempDir(), "half")
	if err := os.WriteFile(path, b[:len(b)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
