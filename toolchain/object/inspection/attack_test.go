package inspection

import (
	"slices"
	"strings"
	"testing"
)

// attack is a program that does harm.
type attack struct {
	name, text string // what it is, as assemblers write it
	code       string // behind endbr64
	rule       string // a part of why it is refused
}

// program gives hello's program another body.
func (s *specimen) program(body string) []byte {
	s.t.Helper()
	entry := s.graph.Text.Starting(s.graph.Text.Object.Programs[0].Entry)
	start, size := s.at(entry.Start)+4, entry.End-entry.Start-4
	if uint64(len(body)) > size {
		s.t.Fatalf("%d bytes; there is room for %d", len(body), size)
	}
	file := slices.Clone(s.file)
	for n := range size {
		file[start+n] = 0x90
	}
	copy(file[start:], body)
	return file
}

func TestAttacks(t *testing.T) {
	s, k := newSpecimen(t, "hello"), kernel(t)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			r := Bytes(s.program(a.code), k)
			if r.Err() == nil {
				t.Fatalf("accepted: %s", a.text)
			}
			if n := len(r.Refusals); n != 1 || !strings.Contains(r.Refusals[0].Error(), a.rule) {
				t.Errorf("%s: %v; want one refusal with %q", a.text, r.Refusals, a.rule)
			}
		})
	}
}
