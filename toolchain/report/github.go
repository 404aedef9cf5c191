package report

import (
	"fmt"
	"io"
	"path"
	"regexp"
	"strings"
)

// Annotate writes a fault as a workflow command of GitHub Actions, which shows it at its line
// (docs.github.com, "Workflow commands for GitHub Actions"). The place is the first file:line:column in the text that a compiler has
// written, from dir, which is relative to the repository; without one the fault belongs to the run.
func Annotate(w io.Writer, dir, title, text string) error {
	properties := ""
	if m := place.FindStringSubmatch(text); m != nil {
		file := m[1]
		if !path.IsAbs(file) {
			file = path.Join(dir, file)
		}
		properties = "file=" + property(file) + ",line=" + m[2] + ",col=" + m[3] + ","
	}
	_, err := fmt.Fprintf(w, "::error %stitle=%s::%s\n", properties, property(title), data(text))
	return err
}

// place is where rustc and gcc say that something is wrong.
var place = regexp.MustCompile(`(?m)^(?:\s*--> )?([^\s:]+):(\d+):(\d+)`)

var (
	datas      = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	properties = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func data(s string) string     { return datas.Replace(s) }
func property(s string) string { return properties.Replace(s) }

// Summary writes cases as a table in Markdown, for a step's summary.
func Summary(w io.Writer, title string, cases []Case) error {
	failed := 0
	for _, c := range cases {
		if c.Failure != "" {
			failed++
		}
	}
	var text strings.Builder
	fmt.Fprintf(&text, "### %s: %d of %d passed\n\n| | | seconds | |\n| --- | --- | ---: | --- |\n", title, len(cases)-failed, len(cases))
	for _, c := range cases {
		mark, why := "✓", ""
		if c.Failure != "" {
			mark, why = "✗", strings.Split(c.Failure, "\n")[0]
		}
		fmt.Fprintf(&text, "| %s | %s | %.1f | %s |\n", mark, cell(c.Name), c.Took.Seconds(), cell(why))
	}
	_, err := io.WriteString(w, text.String()+"\n")
	return err
}

// cell is text that stays within a cell of a table.
func cell(s string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;", "\r", "").Replace(s) }
