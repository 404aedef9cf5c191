package vm

import (
	"fmt"
	"strings"
)

// Panics makes of the kernel's log what a person wants to know of extensions that panicked: each place once, with what was said and
// how the program got there. Everything else is in the console's log.
type Panics struct {
	part  part
	seen  map[string]int // panics by what was said
	last  string         // that was shown of a stack
	again int            // it has come since
}

// part of the log that comes next.
type part int

const (
	other    part = iota
	heading       // who it was
	stack         // with what the kernel is sure of
	repeated      // what was shown before
)

// Line returns what to show for the next line of the log.
func (p *Panics) Line(line string) []string {
	line = timestamp.ReplaceAllString(line, "")
	switch {
	case extensionLine.MatchString(line):
		if p.seen == nil {
			p.seen = map[string]int{}
		}
		p.seen[line]++
		p.last, p.again = "", 0
		if p.part = heading; p.seen[line] > 1 {
			p.part = repeated
			return nil
		}
		return strings.Split(line, `\x0a`) // as the log has a line's end within a record
	case p.part == repeated && strings.HasPrefix(line, " </TASK>"):
		p.part = other
		return nil
	case p.part == other || p.part == repeated:
		return nil
	case strings.HasPrefix(line, "Call Trace:"):
		p.part = stack
	case p.part == heading:
	case strings.HasPrefix(line, " ? ") || strings.HasPrefix(line, " <") && !strings.HasPrefix(line, " </"):
		return nil // what only may be a caller
	case strings.HasPrefix(line, " </"):
		if strings.HasPrefix(line, " </TASK>") {
			p.part = other
		}
		return nil
	case !strings.HasPrefix(line, " ") || strings.HasPrefix(line, " rex_panic+") || strings.HasPrefix(line, " rex_landingpad+"):
		return nil // registers, and how the kernel ends a program
	}
	if line == p.last {
		p.again++ // recursion
		return nil
	}
	var lines []string
	if p.again > 0 {
		lines = append(lines, fmt.Sprintf("   … %d times more", p.again))
	}
	p.last, p.again = line, 0
	return append(lines, "  "+line)
}

// Within tells whether the last line was part of a panic.
func (p *Panics) Within() bool { return p.part != other }

// timedOut is what the kernel and the runtime crate call a run that took too long.
const timedOut = "Timeout in "

// Rest says how often what was shown has come again.
func (p *Panics) Rest() []string {
	again := 0
	for _, n := range p.seen {
		again += n - 1
	}
	if again == 0 {
		return nil
	}
	return []string{fmt.Sprintf("… and %d more panics at the same places", again)}
}
