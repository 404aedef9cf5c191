package report

import (
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"rex/toolchain/stage"
	"rex/toolchain/store"
)

// graph is source (up to date) -> kernel (to build, took 8 min) -> sample, which needs both and waits; and tools, never built.
func graph() []*stage.Explanation {
	source := &stage.Stage{Name: "source"}
	kernel := &stage.Stage{Name: "kernel", Needs: []*stage.Stage{source}}
	tools := &stage.Stage{Name: "tools"}
	sample := &stage.Stage{Name: "sample", Needs: []*stage.Stage{source, kernel, tools}}
	result := func(took time.Duration) *store.Result {
		return &store.Result{Manifest: store.Manifest{Took: took, Size: 3 << 20, Usage: store.Usage{CPU: took * 3 / 2, Memory: 200 << 20}}}
	}
	return []*stage.Explanation{
		{Stage: source, Result: result(time.Minute)}, {Stage: kernel, Last: result(8 * time.Minute)}, {Stage: tools},
		{Stage: sample, Last: result(2 * time.Second), Missing: []*stage.Stage{kernel}},
	}
}

func TestGraph(t *testing.T) {
	var text, dot, svg strings.Builder
	for w, write := range map[*strings.Builder]func(io.Writer, []*stage.Explanation) error{&text: GraphText, &dot: GraphDOT, &svg: GraphSVG} {
		if err := write(w, graph()); err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"source  up to date  1 min 00 s  1.5    200 MB  3 MB", "kernel  to build    8 min 00 s", "tools   to build", "sample  waits"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("the text has no %q:\n%s", want, text.String())
		}
	}
	if !strings.Contains(dot.String(), `"kernel" -> "sample"`) || strings.Count(dot.String(), "->") != 4 {
		t.Errorf("DOT: %s", dot.String())
	}
	// What is drawn is well-formed, and of the four needs the one that another implies is left out.
	if err := xml.Unmarshal([]byte(svg.String()), new(struct{})); err != nil {
		t.Errorf("SVG: %v", err)
	}
	if n := strings.Count(svg.String(), "<path"); n != 3 {
		t.Errorf("SVG has %d lines; want 3", n)
	}
	if got := Expected(graph(), 2); got != "" {
		t.Errorf("expected is %q, though one stage never was built", got)
	}
	known := graph()
	known[2].Last = &store.Result{Manifest: store.Manifest{Took: time.Minute}}
	if got := Expected(known, 2); got != ", 8 min 02 s as last time" {
		t.Errorf("expected is %q; want the longest way", got)
	}
	if got := Expected(known, 1); got != ", 12 min 03 s as last time" {
		t.Errorf("expected is %q; want the work of one processor", got)
	}
}
