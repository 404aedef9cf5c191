package guest

import (
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReader(t *testing.T) {
	r := NewReader(strings.NewReader(`{"kind":"output","stream":"trace","line":"a\u001b[2Jb"}` + "\n" + `{"kind":"done","taint":512}` + "\n"))
	if e, err := r.Next(); err != nil || e.Line != "a[2Jb" || e.Stream != Trace {
		t.Errorf("got %+v, %v; want the line without its escape", e, err)
	}
	if e, err := r.Next(); err != nil || e.Kind != Done || e.Taint != 512 {
		t.Errorf("got %+v, %v", e, err)
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("got %v; want EOF", err)
	}
}

func TestReaderRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no json": "hello\n", "unknown kind": `{"kind":"x"}` + "\n", "endless line": strings.Repeat("x", maxLine+1),
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewReader(strings.NewReader(text)).Next(); err == nil || errors.Is(err, io.EOF) {
				t.Errorf("got %v; want a refusal", err)
			}
		})
	}
}

func FuzzReader(f *testing.F) {
	f.Add(`{"kind":"output","stream":"loader","line":"attached"}` + "\n")
	f.Add(`{"kind":"exited","stream":"trigger","code":-1}` + "\n{")
	f.Fuzz(func(t *testing.T, text string) {
		r := NewReader(strings.NewReader(text))
		for {
			e, err := r.Next()
			if err != nil {
				return
			}
			if strings.ContainsAny(e.Line, "\x00\x1b\n\r") {
				t.Fatalf("control characters came through: %q", e.Line)
			}
		}
	})
}
