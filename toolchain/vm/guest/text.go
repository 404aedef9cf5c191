package guest

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// MaxLine bounds a line of a stream, in bytes: a longer one comes in pieces.
const MaxLine = 64 << 10

// escapes are what a terminal obeys and does not show (ECMA-48: CSI, OSC and the like, two-byte sequences).
var escapes = regexp.MustCompile("\x1b(?:\\[[0-?]*[ -/]*[@-~]|[\\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\\\)?|[ -/]*[0-~])")

// Clean makes a line of text from what a program has written: without colours and other commands to a terminal, NULs, and bytes that
// are no text.
func Clean(line []byte) string {
	if !plain(line) {
		line = escapes.ReplaceAll(line, nil)
	}
	text := string(line)
	if !utf8.ValidString(text) {
		text = strings.ToValidUTF8(text, "\uFFFD")
	}
	return strings.Map(printable, text)
}

// plain tells whether there is nothing to clean: nearly always.
func plain(line []byte) bool {
	for _, b := range line {
		if b < ' ' && b != '\t' || b >= 0x7f {
			return false
		}
	}
	return true
}

func printable(r rune) rune {
	// C0, DEL and C1: the latter are commands to a terminal, too.
	if r == '\t' || r >= ' ' && r < 0x7f || r >= 0xa0 {
		return r
	}
	return -1
}

// Lines cuts a stream into lines, which end with a line feed or a carriage return, and cleans them. Empty ones are left out.
type Lines struct {
	part []byte
	Each func(line string)
}

// Write takes what has come.
func (l *Lines) Write(b []byte) (int, error) {
	for _, c := range b {
		if c == '\n' || c == '\r' {
			l.End()
			continue
		}
		if l.part = append(l.part, c); len(l.part) == MaxLine {
			l.End()
		}
	}
	return len(b), nil
}

// End ends a line that has begun.
func (l *Lines) End() {
	if len(l.part) == 0 {
		return
	}
	if line := Clean(l.part); line != "" {
		l.Each(line)
	}
	l.part = l.part[:0]
}
