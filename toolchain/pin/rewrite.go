package pin

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Rewrite returns the text of a pins file with the component's digests and sizes in place of those that are there;
// comments and all else stay. Files are found by their path or url.
func Rewrite(text []byte, c *Component) ([]byte, error) {
	lines := strings.Split(string(text), "\n")
	if c.Tree != "" {
		i := find(lines, 0, "["+c.Name+"]")
		if i < 0 {
			return nil, fmt.Errorf("no [%s] to rewrite", c.Name)
		}
		lines = set(lines, i+1, "tree", strconv.Quote(c.Tree))
	}
	for _, o := range c.Origins {
		for _, f := range o.Files {
			if f.SHA256 == "" {
				continue
			}
			at := find(lines, 0, "path = "+strconv.Quote(f.Path))
			if f.URL != "" {
				at = find(lines, 0, "url = "+strconv.Quote(f.URL))
			}
			if at < 0 {
				return nil, fmt.Errorf("no line names %s%s", f.Path, f.URL)
			}
			// The fields of a table may come in any order.
			for at > 0 && !strings.HasPrefix(lines[at-1], "[") {
				at--
			}
			lines = set(lines, at, "sha256", strconv.Quote(f.SHA256))
			if f.Size > 0 {
				lines = set(lines, at, "size", strconv.FormatInt(f.Size, 10))
			}
		}
	}
	out := []byte(strings.Join(lines, "\n"))
	pins, err := Parse(out)
	if err != nil {
		return nil, fmt.Errorf("rewritten pins: %w", err)
	}
	if got := pins[c.Name]; got == nil || fmt.Sprintf("%+v", *got) != fmt.Sprintf("%+v", *c) {
		return nil, fmt.Errorf("%s is written in a way that cannot be rewritten; one field a line is what it takes", c.Name)
	}
	return out, nil
}

// find returns the first line from i on that is want, or -1.
func find(lines []string, i int, want string) int {
	for ; i < len(lines); i++ {
		if strings.TrimSpace(lines[i]) == want {
			return i
		}
	}
	return -1
}

// set gives a field of the table whose fields start at line i a value, in place or as the last field.
func set(lines []string, i int, field, value string) []string {
	form := regexp.MustCompile(`^\s*` + field + `\s*=\s*("[^"]*"|\d+)`)
	last := i
	for ; i < len(lines) && !strings.HasPrefix(lines[i], "["); i++ {
		if form.MatchString(lines[i]) {
			lines[i] = form.ReplaceAllLiteralString(lines[i], field+" = "+value)
			return lines
		}
		if l := strings.TrimSpace(lines[i]); l != "" && !strings.HasPrefix(l, "#") {
			last = i + 1
		}
	}
	return append(lines[:last], append([]string{field + " = " + value}, lines[last:]...)...)
}
