package examples

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// programs are where cargo takes those of a crate from.
const programs = "src/bin"

// Write makes each example a program of the crate in dir. Its lines have the numbers that they have in the documentation.
func Write(dir string, all []*Example) error {
	for _, e := range all {
		if e.Ignored != "" {
			continue
		}
		file := filepath.Join(dir, programs, e.Name+".rs")
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, []byte(strings.Repeat("\n", e.Line)+e.Code+"\n"), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// said is what cargo says of a program.
type said struct {
	errors, warnings []diagnostic
	object           string
}

type diagnostic struct {
	Level    string
	Rendered string
	Code     struct{ Code string }
}

// Check holds examples to what cargo says of the programs (its JSON messages): one compiles without a warning, and its object is good, or it fails, if that is what it shows.
func Check(all []*Example, messages []byte, object func(path string) error) error {
	found := map[string]*said{}
	var others []string // errors of crates that the examples use
	for line := range bytes.Lines(messages) {
		var m struct {
			Reason, Executable string
			Target             struct {
				Name string
				Kind []string
			}
			Message diagnostic
		}
		if err := json.Unmarshal(line, &m); err != nil {
			return fmt.Errorf("cargo's message %.80q: %w", line, err)
		}
		if !slices.Contains(m.Target.Kind, "bin") {
			if m.Message.Level == "error" {
				others = append(others, m.Message.Rendered)
			}
			continue
		}
		s := found[m.Target.Name]
		if s == nil {
			s = &said{}
			found[m.Target.Name] = s
		}
		switch {
		case m.Reason == "compiler-artifact":
			s.object = m.Executable
		case m.Message.Level == "error":
			s.errors = append(s.errors, m.Message)
		case m.Message.Level == "warning":
			s.warnings = append(s.warnings, m.Message)
		}
	}
	if len(others) > 0 {
		return errors.New(strings.Join(others, "\n"))
	}
	var wrong []error
	for _, e := range all {
		s := found[e.Name]
		if e.Ignored != "" {
			continue
		}
		if s == nil {
			s = &said{}
		}
		if err := e.check(s, object); err != nil {
			wrong = append(wrong, fmt.Errorf("%s %w", e, err))
		}
	}
	return errors.Join(wrong...)
}

func (e *Example) check(s *said, object func(path string) error) error {
	switch {
	case e.Fails && s.object != "":
		return errors.New("compiles, and is to fail (compile_fail)")
	case e.Fails && len(s.errors) > 0:
		for _, code := range e.Codes {
			if !slices.ContainsFunc(s.errors, func(d diagnostic) bool { return d.Code.Code == code || strings.Contains(d.Rendered, code) }) {
				return fmt.Errorf("fails, but not with %s:\n%s", code, e.rendered(s.errors))
			}
		}
		return nil
	case len(s.errors) > 0:
		return fmt.Errorf("does not compile:\n%s", e.rendered(s.errors))
	case s.object == "":
		return errors.New("was not compiled")
	case len(s.warnings) > 0:
		return fmt.Errorf("compiles with a warning:\n%s", e.rendered(s.warnings))
	}
	return object(s.object)
}

// rendered is what the compiler says, at the lines of the documentation.
func (e *Example) rendered(all []diagnostic) string {
	var text strings.Builder
	for _, d := range all {
		text.WriteString(d.Rendered)
	}
	return strings.ReplaceAll(text.String(), filepath.Join(programs, e.Name+".rs"), e.File)
}
