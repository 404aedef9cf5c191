package guest

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestRequests(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	sent := []Request{
		{Kind: Resize, TerminalSize: TerminalSize{50, 132}}, {Kind: Input, Data: []byte("{\"kind\":\"stop\"}\nexit\n")}, {Kind: Input, Data: bytes.Repeat([]byte{0, '\n'}, MaxChunk/2)},
		{Kind: EndOf}, {Kind: Begin, Job: &Job{Dir: "/sample", Files: []string{"a/b", "c"}, Loader: Program{Path: "./loader"}}}, {Kind: Stop},
	}
	for _, q := range sent {
		if err := w.Ask(q); err != nil {
			t.Fatal(err)
		}
	}
	r := NewRequestReader(&b)
	for _, want := range sent {
		want.Size = len(want.Data)
		if got, err := r.Next(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("got %v; want EOF", err)
	}
}

func TestNoRequests(t *testing.T) {
	for name, text := range map[string]string{
		"no JSON": "stop\n", "unknown": `{"kind":"sing"}` + "\n", "cut": `{"kind":"stop"`, "cut input": `{"kind":"input","size":3}` + "\nab",
		"too much": `{"kind":"input","size":65537}` + "\n", "negative": `{"kind":"input","size":-1}` + "\n", "no input": `{"kind":"stop","size":1}` + "\nx",
		"no job": `{"kind":"begin"}` + "\n", "a job to stop": `{"kind":"stop","job":{}}` + "\n",
		"a size too large": `{"kind":"resize","rows":65536}` + "\n", "a long line": strings.Repeat(" ", maxHeader+1),
	} {
		if q, err := NewRequestReader(strings.NewReader(text)).Next(); err == nil || err == io.EOF {
			t.Errorf("%s: got %+v, %v; want an error", name, q, err)
		}
	}
}

// Output of a session comes as it is.
func TestSessionOutput(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	text := "\x1b[31m{\"kind\":\"done\"}\n\x00\xff\r"
	for _, stream := range []string{Stdout, Stderr} {
		if err := w.Output(stream, []byte(text), false); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(&b)
	for _, stream := range []string{Stdout, Stderr} {
		if e, err := r.Next(); err != nil || e.Kind != Output || e.Stream != stream || e.Data != text {
			t.Errorf("got %+v, %v; want %q of %s", e, err, text, stream)
		}
	}
}

// Whatever comes, readers end with an error and in bounded memory, and what they take for a message is one.
func FuzzRequests(f *testing.F) {
	f.Add([]byte(`{"kind":"input","size":2}` + "\nab" + `{"kind":"stop"}` + "\n"))
	f.Add([]byte(`{"kind":"resize","rows":1,"columns":2}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewRequestReader(bytes.NewReader(text))
		for n := 0; ; n++ {
			q, err := r.Next()
			if err != nil {
				if n > len(text) || errors.Is(err, io.ErrNoProgress) {
					t.Fatalf("%d requests, then %v", n, err)
				}
				return
			}
			if len(q.Data) > MaxChunk || len(q.Data) != q.Size {
				t.Fatalf("%+v", q)
			}
		}
	})
}
