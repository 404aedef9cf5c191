package docs

import (
	"regexp"
	"strings"
)

var number = regexp.MustCompile(`0x[0-9a-f]+|[0-9]+(\.[0-9]+)?`)

// shape is a line without what differs from run to run: numbers, and how they are set.
func shape(line string) string {
	return strings.Join(strings.Fields(number.ReplaceAllString(line, "#")), " ")
}

// Missing returns the lines of a block that are not in what was printed, whatever numbers are in them. Three points stand for
// anything: lines, or a piece of one.
func Missing(block, printed string) (lines []string) {
	var have []string
	for line := range strings.Lines(printed) {
		have = append(have, shape(line))
	}
	for line := range strings.Lines(block) {
		parts := strings.Split(strings.TrimSpace(line), "...")
		found := false
		for _, h := range have {
			all := true
			for _, part := range parts {
				all = all && strings.Contains(h, shape(part))
			}
			found = found || all
		}
		if !found {
			lines = append(lines, strings.TrimSuffix(line, "\n"))
		}
	}
	return lines
}
