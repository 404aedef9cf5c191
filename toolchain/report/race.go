package report

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// Race is one line of the comparison with eBPF: what one operation takes of both, in instructions.
type Race struct {
	Name string  `json:"name"`
	Rex  float64 `json:"rex"`
	EBPF float64 `json:"ebpf"`
	Goal string  `json:"goal"`
	Met  bool    `json:"met"`
	// Spread is how far measurements lie apart, in percent; 0 of instructions, which are counted.
	Spread float64 `json:"spread,omitempty"`
}

var raceLine = regexp.MustCompile(`^(\S.*?) +(\d+\.\d) +(\d+\.\d) +\d+\.\d\d   (\S.*?) +(met|missed)(?: +spread (\d+\.\d) %)?$`)

// ReadRaces takes the lines of the table that kernel/bench prints; others are passed over.
func ReadRaces(r io.Reader) (races []Race, err error) {
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		m := raceLine.FindStringSubmatch(strings.TrimRight(lines.Text(), "\r "))
		if m == nil {
			continue
		}
		rex, _ := strconv.ParseFloat(m[2], 64)
		ebpf, _ := strconv.ParseFloat(m[3], 64)
		spread, _ := strconv.ParseFloat(m[6], 64)
		races = append(races, Race{m[1], rex, ebpf, m[4], m[5] == "met", spread})
	}
	return races, lines.Err()
}

// String is the line of the table.
func (r Race) String() string {
	met := map[bool]string{true: "met", false: "missed"}
	return fmt.Sprintf("%-34s %8.1f %8.1f %7.2f   %-18s %s", r.Name, r.Rex, r.EBPF, r.Rex/r.EBPF, r.Goal, met[r.Met])
}

// LoadRaces reads what SaveRaces wrote.
func LoadRaces(path string) (races []Race, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &races)
	}
	if err != nil {
		return nil, fmt.Errorf("figures of an earlier race: %w", err)
	}
	return races, nil
}

// Short is a figure as people read it: no more digits than say something.
func Short(n float64) string {
	if n < 100 {
		return strconv.FormatFloat(n, 'g', 3, 64)
	}
	return fmt.Sprintf("%.0f", n)
}

// SaveRaces writes them to a file, for people to compare and for LoadRaces.
func SaveRaces(path string, races []Race) error {
	b, err := json.MarshalIndent(races, "", "\t")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o644)
}

// Instructions of two runs of the same code differ by a fraction of one, since interrupts come at other places.
const (
	tolerance = 0.02
	noise     = 0.5
)

// SlowerRaces says which figures of Rex are not what they were: over 2 % more, gone, or new. Fewer instructions are no fault, but the old
// figures are to be replaced then, or a later loss would hide behind them. Loading counts waiting, so it is no figure to hold.
func SlowerRaces(before, now []Race) (changes []string) {
	was := map[string]Race{}
	for _, r := range before {
		was[r.Name] = r
	}
	for _, r := range now {
		old, known := was[r.Name]
		delete(was, r.Name)
		limit := old.Rex*tolerance + noise
		switch {
		case strings.HasPrefix(r.Name, "load of"), elsewhere(r.Name):
		case !known:
			changes = append(changes, fmt.Sprintf("%s: %.1f, and no figure from before", r.Name, r.Rex))
		case math.Abs(r.Rex-old.Rex) > limit:
			changes = append(changes, fmt.Sprintf("%s: %.1f before, %.1f now (%+.1f %%)", r.Name, old.Rex, r.Rex, (r.Rex/old.Rex-1)*100))
		}
	}
	for _, r := range before {
		if _, left := was[r.Name]; left && !elsewhere(r.Name) {
			changes = append(changes, r.Name+": not measured any more")
		}
	}
	return changes
}

// elsewhere tells what kernel/bench does not measure: it is there for people, and depends on more than programs.
func elsewhere(name string) bool {
	return strings.HasPrefix(name, "compile time") || strings.HasPrefix(name, "electrode")
}

// paper holds what the paper on Rex ("Rex: Closing the language-verifier gap with safe and usable kernel extensions", 2025) measured of
// the same on a real machine, as ratios of times: 42.6 against 42.1 ns, 183 against 130 ns, a third.
var paper = map[string]float64{
	"empty program":                      42.6 / 42.1,
	"spin lock and unlock":               183. / 130,
	"recursion of depth 33 / tail calls": 1. / 3,
}

// DrawRaces writes the picture of WriteRaces to a file.
func DrawRaces(path string, races []Race) error {
	var b bytes.Buffer
	if err := WriteRaces(&b, races); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// WriteRaces draws the ratios as SVG, on a logarithmic scale around 1.
func WriteRaces(w io.Writer, races []Race) error {
	const (
		left, width, line, top = 250, 640, 22, 44
		low, high              = 0.125, 4.0
	)
	x := func(ratio float64) float64 {
		ratio = min(max(ratio, low), high)
		return left + math.Log2(ratio/low)/math.Log2(high/low)*(width-left-90)
	}
	height := top + len(races)*line + 34
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`+"\n", width, height, width, height)
	b.WriteString("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n")
	fmt.Fprintf(&b, "<text x=\"12\" y=\"18\" font-weight=\"bold\">Rex for one of eBPF: instructions, or KiB where it says so</text>\n")
	for _, tick := range []float64{0.125, 0.25, 0.5, 1, 2, 4} {
		colour := "#ddd"
		if tick == 1 {
			colour = "#555"
		}
		fmt.Fprintf(&b, "<line x1=\"%.0f\" y1=\"%d\" x2=\"%.0f\" y2=\"%d\" stroke=\"%s\"/>\n", x(tick), top-6, x(tick), height-28, colour)
		fmt.Fprintf(&b, "<text x=\"%.0f\" y=\"%d\" text-anchor=\"middle\" fill=\"#555\">%g</text>\n", x(tick), top-10, tick)
	}
	for i, r := range races {
		if r.EBPF <= 0 || r.Rex < 0 {
			continue
		}
		ratio, y := r.Rex/r.EBPF, top+i*line
		from, to, colour := x(1), x(ratio), "#c0652a"
		if ratio <= 1 {
			from, to, colour = to, from, "#2a7f62"
		}
		fmt.Fprintf(&b, "<text x=\"12\" y=\"%d\">%s</text>\n", y+14, html.EscapeString(r.Name))
		fmt.Fprintf(&b, "<rect x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", from, y+4, max(to-from, 1), line-9, colour)
		fmt.Fprintf(&b, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#333\">%.0f : %.0f</text>\n", width-10, y+14, r.Rex, r.EBPF)
		if p, ok := paper[r.Name]; ok {
			fmt.Fprintf(&b, "<path d=\"M%.1f %d l5 6 l-5 6 l-5 -6 z\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/>\n", x(p), y+4)
		}
	}
	fmt.Fprintf(&b, "<rect x=\"12\" y=\"%d\" width=\"10\" height=\"10\" fill=\"#2a7f62\"/><text x=\"27\" y=\"%d\">Rex takes fewer</text>\n", height-19, height-10)
	fmt.Fprintf(&b, "<rect x=\"140\" y=\"%d\" width=\"10\" height=\"10\" fill=\"#c0652a\"/><text x=\"155\" y=\"%d\">Rex takes more</text>\n", height-19, height-10)
	fmt.Fprintf(&b, "<path d=\"M273 %d l5 6 l-5 6 l-5 -6 z\" fill=\"none\" stroke=\"#333\" stroke-width=\"1.5\"/><text x=\"284\" y=\"%d\">the paper's ratio, of times</text>\n", height-20, height-10)
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}
