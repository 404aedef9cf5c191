// Package examples compiles what the documentation of the runtime shows: each block of Rust in a comment is an extension.
package examples

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Example is a block of Rust in the documentation of an item.
type Example struct {
	Name    string   `json:"name"` // as a program
	File    string   `json:"file"` // below the root
	Line    int      `json:"line"` // of its fence
	Item    string   `json:"item"` // empty for a crate
	Code    string   `json:"code"` // with the lines that a reader does not see
	Fails   bool     `json:"fails,omitempty"`
	Codes   []string `json:"codes,omitempty"`   // of the errors that it fails with
	Ignored string   `json:"ignored,omitempty"` // why it is not compiled
}

func (e *Example) String() string {
	item := e.Item
	if item == "" {
		item = "the crate"
	}
	return fmt.Sprintf("%s:%d: the example of %s", e.File, e.Line, item)
}

var (
	noIdentifier = regexp.MustCompile(`[^A-Za-z0-9_]+`)
	itemName     = regexp.MustCompile(`^.* - (.*?) ?\(line \d+\)$`)
	codeName     = regexp.MustCompile(`\b(?:E|REX)\d{4}\b`)
	ignored      = regexp.MustCompile(`\bignore(?:-\S+)?(?: \((.*)\))?`)
)

// Parse reads what rustdoc says that the examples of a crate are (--output-format=doctest), and finds them in the crate's source. Relative paths
// are below dir; those of examples are below root. One that a macro has put at several items is there once.
func Parse(text []byte, root, dir string) ([]*Example, error) {
	var said struct {
		Version  int `json:"format_version"`
		Doctests []struct {
			Name, File string
			Line       int
			Code       string `json:"original_code"`
			Attributes struct {
				Original    string
				Rust        bool
				Ignore      any
				CompileFail bool `json:"compile_fail"`
			} `json:"doctest_attributes"`
		}
	}
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, fmt.Errorf("rustdoc's list of examples: %w", err)
	}
	if said.Version != 2 {
		return nil, fmt.Errorf("rustdoc's list of examples has version %d; this reads version 2", said.Version)
	}
	var all []*Example
	taken := map[string]int{}
	for _, d := range said.Doctests {
		name := itemName.FindStringSubmatch(d.Name)
		if name == nil {
			return nil, fmt.Errorf("rustdoc's list of examples: %q is no name of one", d.Name)
		}
		if !filepath.IsAbs(d.File) {
			d.File = filepath.Join(dir, d.File)
		}
		e := &Example{Item: name[1], Code: d.Code, Fails: d.Attributes.CompileFail}
		if e.Fails {
			e.Codes = codeName.FindAllString(d.Attributes.Original, -1)
		}
		if m := ignored.FindStringSubmatch(d.Attributes.Original); m != nil {
			if m[1] == "" {
				return nil, fmt.Errorf("%s: `ignore` without a reason; write `ignore (REASON)`", d.Name)
			}
			e.Ignored = m[1]
		}
		var err error
		if e.File, e.Line, err = find(d.File, d.Line, d.Code); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
		if e.File, err = filepath.Rel(root, e.File); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(all, func(other *Example) bool { return other.File == e.File && other.Line == e.Line }) {
			continue
		}
		crate := strings.Split(strings.TrimPrefix(e.File, "librex/"), "/")[0]
		e.Name = strings.Trim(noIdentifier.ReplaceAllString(crate+" "+cmp.Or(e.Item, "crate"), "_"), "_")
		taken[e.Name]++
		if n := taken[e.Name]; n > 1 {
			e.Name = fmt.Sprintf("%s_%d", e.Name, n)
		}
		all = append(all, e)
	}
	return all, nil
}

// find returns where a block is that rustdoc has seen at a line. For one in a macro that is where the macro is used.
func find(seen string, line int, code string) (file string, fence int, err error) {
	// Paths lead through symbolic links.
	if seen, err = filepath.EvalSymlinks(seen); err != nil {
		return "", 0, err
	}
	files := []string{seen}
	err = filepath.WalkDir(filepath.Dir(seen), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".rs" && path != seen {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return "", 0, err
	}
	wanted := strings.Split(code, "\n")
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", 0, err
		}
		lines := strings.Split(string(text), "\n")
		if file == seen && line <= len(lines) && begins(lines[line-1:], wanted) {
			return file, line, nil
		}
		for i := range lines {
			if begins(lines[i:], wanted) {
				return file, i + 1, nil
			}
		}
	}
	return "", 0, fmt.Errorf("its block is in no file beside %s", seen)
}

// begins tells whether lines begin with the fence of a block in a comment, and that with code.
func begins(lines, code []string) bool {
	if !strings.HasPrefix(comment(lines[0]), "```") || len(lines) < len(code)+2 || !strings.HasPrefix(comment(lines[len(code)+1]), "```") {
		return false
	}
	for i, line := range code {
		if shown(comment(lines[i+1])) != strings.TrimSpace(line) {
			return false
		}
	}
	return true
}

func comment(line string) string {
	line = strings.TrimSpace(line)
	for _, mark := range []string{"///", "//!"} {
		if text, ok := strings.CutPrefix(line, mark); ok {
			return strings.TrimSpace(text)
		}
	}
	return ""
}

// shown is a line of a block as the compiler gets it: rustdoc hides those that begin with #.
func shown(line string) string {
	switch {
	case line == "#":
		return ""
	case strings.HasPrefix(line, "# "):
		return strings.TrimSpace(line[2:])
	case strings.HasPrefix(line, "##"):
		return line[1:]
	}
	return line
}
