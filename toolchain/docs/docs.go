// Package docs reads the project's pages as those who write them need it: blocks, inline code, links and what these lead to.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Page is one Markdown file.
type Page struct {
	File    string // below the root
	Blocks  []Block
	Code    []Span   // inline
	Links   []Span   // targets, as they are written
	Anchors []string // what a link may have behind #
}

// Span is a piece of a line.
type Span struct {
	Line int
	Text string
}

// Block is a fenced block. Its fence has a language, and may have words that say what is done with it: ```rust excerpt=FILE.
type Block struct {
	File     string
	Line     int // of the first line inside
	Language string
	Words    []string
	Text     string
}

// Is tells whether a word is on the block's fence.
func (b *Block) Is(word string) bool { return slices.Contains(b.Words, word) }

// Value returns what the fence has as name=value.
func (b *Block) Value(name string) string {
	for _, w := range b.Words {
		if value, ok := strings.CutPrefix(w, name+"="); ok {
			return value
		}
	}
	return ""
}

// Lines are the block's, with their numbers; those of a command that goes on in the next (\) are one.
func (b *Block) Lines() (lines []Span) {
	open := false
	for i, line := range strings.Split(strings.TrimSuffix(b.Text, "\n"), "\n") {
		text, more := strings.CutSuffix(line, "\\")
		if open {
			lines[len(lines)-1].Text += text
		} else {
			lines = append(lines, Span{b.Line + i, text})
		}
		open = more
	}
	return lines
}

// Read returns all pages below root, but not those of what was built, or was fetched for it.
func Read(root string) (pages []*Page, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "build" || d.Name() == "target" || d.Name() == ".git"):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".md":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := filepath.Rel(root, path)
		pages = append(pages, Parse(file, string(text)))
		return err
	})
	return pages, err
}

var (
	fence   = regexp.MustCompile("^ *```+(.*)$")
	heading = regexp.MustCompile(`^#{1,6} +(.*?) *$`)
	code    = regexp.MustCompile("`([^`]+)`")
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	dropped = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// Parse reads the text of a page.
func Parse(file, text string) *Page {
	p := &Page{File: file}
	var open *Block
	indent := ""
	// A span of code may go on in the next line.
	prose := make([]string, 0, 100)
	for i, line := range strings.Split(text, "\n") {
		m := fence.FindStringSubmatch(line)
		switch {
		case m != nil && open == nil:
			words := strings.Fields(m[1])
			open = &Block{File: file, Line: i + 2}
			if len(words) > 0 {
				open.Language, open.Words = words[0], words[1:]
			}
			indent = line[:strings.Index(line, "`")]
		case m != nil && m[1] == "":
			p.Blocks = append(p.Blocks, *open)
			open = nil
		case open != nil:
			open.Text += strings.TrimPrefix(line, indent) + "\n"
		default:
			prose = append(prose, line)
			if m := heading.FindStringSubmatch(line); m != nil {
				p.Anchors = append(p.Anchors, slug(m[1], p.Anchors))
			}
			for _, m := range anchor.FindAllStringSubmatch(line, -1) {
				p.Anchors = append(p.Anchors, m[1])
			}
			continue
		}
		prose = append(prose, "")
	}
	if open != nil {
		p.Blocks = append(p.Blocks, *open) // without an end: its language will be wrong or its text is
		p.Blocks[len(p.Blocks)-1].Language = ""
	}
	all := strings.Join(prose, "\n")
	lineOf := func(at int) int { return 1 + strings.Count(all[:at], "\n") }
	for _, m := range link.FindAllStringSubmatchIndex(code.ReplaceAllStringFunc(all, blank), -1) {
		p.Links = append(p.Links, Span{lineOf(m[2]), all[m[2]:m[3]]})
	}
	for _, m := range code.FindAllStringSubmatchIndex(all, -1) {
		if span := all[m[2]:m[3]]; !strings.Contains(span, "\n\n") {
			p.Code = append(p.Code, Span{lineOf(m[2]), strings.Join(strings.Fields(span), " ")})
		}
	}
	return p
}

// blank is as long as text and has its lines.
func blank(text string) string {
	b := []byte(text)
	for i := range b {
		if b[i] != '\n' {
			b[i] = ' '
		}
	}
	return string(b)
}

// slug is a heading's anchor, as forges make it; one that is there already gets a number.
func slug(heading string, taken []string) string {
	s := strings.ReplaceAll(strings.ToLower(dropped.ReplaceAllString(heading, "")), " ", "-")
	name := s
	for n := 1; slices.Contains(taken, name); n++ {
		name = s + "-" + string(rune('0'+n))
	}
	return name
}
