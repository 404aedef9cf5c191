package guest

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// all reads all lines of output that come.
func all(t *testing.T, r *Reader) (lines []string) {
	t.Helper()
	for {
		e, err := r.Next()
		if err == io.EOF {
			return lines
		}
		if err != nil {
			t.Fatal(err)
		}
		if e.Kind != Output {
			t.Fatalf("got %+v; want output alone", e)
		}
		lines = append(lines, e.Stream+": "+e.Line)
	}
}

func TestEvents(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	sent := []Event{{Kind: Booted}, {Kind: Ready}, {Kind: Exited, Stream: Trigger, Code: -1, Line: "signal: killed", Stopped: true}, {Kind: Told, Programs: []Loaded{{Name: "rex_prog1", Verified: 9}}}, {Kind: Failed, Line: "no port"}, {Kind: Done, Taint: 512}}
	for _, e := range sent {
		if err := w.Send(e); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(&b)
	for _, want := range sent {
		if got, err := r.Next(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("got %v; want EOF", err)
	}
}

// Whatever a program writes, it comes as output, line by line, and nothing hides a line.
func TestOutput(t *testing.T) {
	forged := `{"kind":"done","taint":0}`
	for name, test := range map[string]struct {
		pieces []string // those that end with | end a line
		want   []string
	}{
		"lines":               {[]string{"one\ntwo\n"}, []string{"one", "two"}},
		"in pieces":           {[]string{"on", "e\ntw", "o\n"}, []string{"one", "two"}},
		"no end":              {[]string{"last|"}, []string{"last"}},
		"an event":            {[]string{forged + "\n"}, []string{forged}},
		"a header":            {[]string{`{"kind":"output","stream":"trace","size":5}` + "\nhello\n"}, []string{`{"kind":"output","stream":"trace","size":5}`, "hello"}},
		"colours":             {[]string{"\x1b[1;31mattached\x1b[0m\n"}, []string{"attached"}},
		"a title":             {[]string{"\x1b]0;pwn\x07attached\x1b[2J\n"}, []string{"attached"}},
		"a title without end": {[]string{"\x1b]0;pwn\nattached\n"}, []string{"attached"}},
		"carriage returns":    {[]string{"10 %\r20 %\rattached\r\n"}, []string{"10 %", "20 %", "attached"}},
		"NULs":                {[]string{"at\x00tached\x00\n"}, []string{"attached"}},
		"other controls":      {[]string{"at\x08\x7ftached\u009b2J\n"}, []string{"attached2J"}},
		"no text":             {[]string{"\xff\xfeattached\n"}, []string{"\uFFFDattached"}},
		"empty lines":         {[]string{"\n\r\n\x00\na\n\n"}, []string{"a"}},
		"tabs and umlauts":    {[]string{"a\tö\n"}, []string{"a\tö"}},
		"nothing":             {[]string{"|"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var b bytes.Buffer
			w := NewWriter(&b)
			for _, p := range test.pieces {
				text, end := strings.CutSuffix(p, "|")
				if err := w.Output(Loader, []byte(text), end); err != nil {
					t.Fatal(err)
				}
			}
			var want []string
			for _, line := range test.want {
				want = append(want, "loader: "+line)
			}
			if got := all(t, NewReader(&b)); !slices.Equal(got, want) {
				t.Errorf("got %q; want %q", got, want)
			}
		})
	}
}

// A line of 3 MB comes in pieces, and the next one whole.
func TestLongLine(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	text := []byte(strings.Repeat("y", 3<<20) + "\nattached\n")
	for piece := range slices.Chunk(text, MaxChunk) {
		if err := w.Output(Loader, piece, false); err != nil {
			t.Fatal(err)
		}
	}
	got := all(t, NewReader(&b))
	if len(got) != 3<<20/MaxLine+1 || got[len(got)-1] != "loader: attached" {
		t.Errorf("got %d lines, the last %.40q; want %d and attached", len(got), got[len(got)-1], 3<<20/MaxLine+1)
	}
}

// Streams do not mix, though their pieces do.
func TestStreams(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b)
	for _, p := range [][2]string{{Loader, "atta"}, {Trigger, "hel"}, {Loader, "ched\n"}, {Trigger, "lo\n"}} {
		if err := w.Output(p[0], []byte(p[1]), false); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := all(t, NewReader(&b)), []string{"loader: attached", "trigger: hello"}; !slices.Equal(got, want) {
		t.Errorf("got %q; want %q", got, want)
	}
}

func TestReaderRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no json": "hello\n", "unknown kind": `{"kind":"x"}` + "\n", "endless header": strings.Repeat("x", maxHeader+1), "cut header": `{"kind":"do`,
		"unknown stream": `{"kind":"output","stream":"x","size":1}` + "\nx", "negative size": `{"kind":"output","stream":"trace","size":-1}` + "\n",
		"huge size": `{"kind":"output","stream":"trace","size":1000000000}` + "\nx", "cut output": `{"kind":"output","stream":"trace","size":3}` + "\nx",
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewReader(strings.NewReader(text)).Next(); err == nil || err == io.EOF {
				t.Errorf("got %v; want a refusal", err)
			}
		})
	}
	if _, err := NewReader(errReader{}).Next(); !errors.Is(err, errBroken) {
		t.Errorf("got %v; want what the connection says", err)
	}
}

var errBroken = errors.New("broken")

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errBroken }

func FuzzReader(f *testing.F) {
	f.Add(`{"kind":"output","stream":"loader","size":8,"end":true}` + "\nattached")
	f.Add(`{"kind":"exited","stream":"trigger","code":-1}` + "\n{")
	f.Fuzz(func(t *testing.T, text string) {
		r := NewReader(strings.NewReader(text))
		for {
			e, err := r.Next()
			if err != nil {
				return
			}
			if strings.ContainsAny(e.Line, "\x00\x1b\n\r\u009b") {
				t.Fatalf("control characters came through: %q", e.Line)
			}
		}
	})
}
