package report

import (
	"fmt"
	"html"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"rex/toolchain/stage"
)

// state is a stage's, in words.
func state(e *stage.Explanation) string {
	switch {
	case e.Result != nil:
		return "up to date"
	case len(e.Missing) > 0:
		return "waits"
	}
	return "to build"
}

// facts are what a stage takes and the size of its result, as far as that is known.
type facts struct{ took, cores, memory, size string }

func factsOf(e *stage.Explanation) (f facts) {
	r := e.Result
	if r == nil {
		r = e.Last
	}
	if r == nil {
		return f
	}
	if r.Took > 0 {
		f.took = short(r.Took)
	}
	if r.Memory > 0 {
		f.cores, f.memory = fmt.Sprintf("%.1f", r.Cores()), fmt.Sprintf("%d MB", r.Memory>>20)
	}
	f.size = fmt.Sprintf("%d MB", r.Size>>20)
	return f
}

// GraphText writes a line for each stage: how long it took, how many processors it kept busy, its memory at the peak, and its size.
func GraphText(w io.Writer, graph []*stage.Explanation) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "stage\tstate\ttook\tcores\tmemory\tsize\tneeds")
	for _, e := range graph {
		f := factsOf(e)
		var needs []string
		for _, n := range e.Stage.Needs {
			needs = append(needs, n.Name)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", e.Stage.Name, state(e), f.took, f.cores, f.memory, f.size, strings.Join(needs, " "))
	}
	return table.Flush()
}

// GraphDOT writes the graph for Graphviz.
func GraphDOT(w io.Writer, graph []*stage.Explanation) error {
	var b strings.Builder
	b.WriteString("digraph rex {\n\trankdir=LR; node [shape=box, style=filled, fontname=sans];\n")
	for _, e := range graph {
		f := factsOf(e)
		fmt.Fprintf(&b, "\t%q [label=\"%s\\n%s\\n%s %s\", fillcolor=%q];\n", e.Stage.Name, e.Stage.Name, state(e), f.took, f.size, colour(e))
		for _, n := range e.Stage.Needs {
			fmt.Fprintf(&b, "\t%q -> %q;\n", n.Name, e.Stage.Name)
		}
	}
	b.WriteString("}\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func colour(e *stage.Explanation) string {
	switch state(e) {
	case "up to date":
		return "#d5ead5"
	case "waits":
		return "#eeeeee"
	}
	return "#f6dfb4"
}

// Of the picture, in pixels.
const (
	boxWidth, boxHeight = 170, 58
	gapAcross, gapDown  = 60, 16
)

// GraphSVG draws the graph: what a stage needs lies left of it, what can be built at once below each other.
func GraphSVG(w io.Writer, graph []*stage.Explanation) error {
	level, rows := map[*stage.Stage]int{}, map[int]int{}
	type point struct{ x, y int }
	at := map[*stage.Stage]point{}
	width, height := 0, 0
	for _, e := range graph {
		for _, n := range e.Stage.Needs {
			level[e.Stage] = max(level[e.Stage], level[n]+1)
		}
		l := level[e.Stage]
		p := point{20 + l*(boxWidth+gapAcross), 20 + rows[l]*(boxHeight+gapDown)}
		rows[l]++
		at[e.Stage] = p
		width, height = max(width, p.x+boxWidth+20), max(height, p.y+boxHeight+20)
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="12">`+"\n<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n", width, height)
	for _, e := range graph {
		to := at[e.Stage]
		for _, n := range direct(e.Stage) {
			from := at[n]
			x1, y1, x2, y2 := from.x+boxWidth, from.y+boxHeight/2, to.x, to.y+boxHeight/2
			fmt.Fprintf(&b, `<path d="M%d %dC%d %d %d %d %d %d" fill="none" stroke="#999"/>`+"\n", x1, y1, x1+gapAcross/2, y1, x2-gapAcross/2, y2, x2, y2)
		}
	}
	for _, e := range graph {
		p := at[e.Stage]
		f := factsOf(e)
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" rx="4" fill="%s" stroke="#555"/>`+"\n", p.x, p.y, boxWidth, boxHeight, colour(e))
		for i, text := range []string{e.Stage.Name, state(e), strings.TrimSpace(f.took + "  " + f.size)} {
			weight := "normal"
			if i == 0 {
				weight = "bold"
			}
			fmt.Fprintf(&b, `<text x="%d" y="%d" font-weight="%s">%s</text>`+"\n", p.x+8, p.y+18+i*16, weight, html.EscapeString(text))
		}
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// direct are the needs of a stage that are no needs of its other needs: a line for those would say nothing new.
func direct(s *stage.Stage) []*stage.Stage {
	var list []*stage.Stage
	for _, n := range s.Needs {
		new := true
		for _, other := range s.Needs {
			if other != n && contains(other, n) {
				new = false
			}
		}
		if new {
			list = append(list, n)
		}
	}
	return list
}

// contains tells whether a stage needs another, by whatever way.
func contains(s, other *stage.Stage) bool {
	for _, n := range s.Needs {
		if n == other || contains(n, other) {
			return true
		}
	}
	return false
}

// Expected says how long what is to be built takes, if all of it was built before: ", 7 min 30 s as last time". What can be built side
// by side was so then, too: the longest way through the graph counts, or all the work by the number of processors if that is longer.
func Expected(graph []*stage.Explanation, processors int) string {
	end := map[*stage.Stage]time.Duration{}
	var longest, work time.Duration
	for _, e := range graph {
		var start time.Duration
		for _, n := range e.Stage.Needs {
			start = max(start, end[n])
		}
		if e.Result == nil {
			if e.Last == nil || e.Last.Took == 0 {
				return ""
			}
			start += e.Last.Took
			work += e.Last.CPU
		}
		end[e.Stage] = start
		longest = max(longest, start)
	}
	return ", " + short(max(longest, work/time.Duration(processors))) + " as last time"
}
