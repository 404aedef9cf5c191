package project

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/go-version"
	"github.com/pelletier/go-toml/v2"

	"rex/toolchain/sample"
)

// runtimeVersion is that of the rex crate, which is the interface's.
func (p *Project) runtimeVersion() (*version.Version, error) {
	file := p.path("librex/rex/Cargo.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Package struct {
			Version string `toml:"version"`
		} `toml:"package"`
	}
	if err := toml.Unmarshal(text, &manifest); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	v, err := version.NewVersion(manifest.Package.Version)
	if err != nil {
		return nil, fmt.Errorf("%s: version: %w", file, err)
	}
	return v, nil
}

var firstVersion = regexp.MustCompile(`\d+(\.\d+){0,2}`)

// tellChanges says what has changed in the interface since the version of Rex that an extension names in its manifest, and refuses one that
// was written for a newer Rex.
func (p *Project) tellChanges(s *sample.Sample) error {
	asked, err := s.Requirement()
	if err != nil {
		return nil // which building it says better
	}
	text := firstVersion.FindString(asked)
	if text == "" {
		return nil
	}
	file := filepath.Join(s.Dir, "Cargo.toml")
	written, err := version.NewVersion(text)
	if err != nil {
		return fmt.Errorf("%s: rex = %q: %w", file, asked, err)
	}
	ours, err := p.runtimeVersion()
	if err != nil {
		return err
	}
	if written.GreaterThan(ours) {
		return fmt.Errorf("%s asks for rex %s, and this checkout's is %s; update the checkout, or ask for less", file, asked, ours)
	}
	if !ours.GreaterThan(written) {
		return nil
	}
	page, err := os.ReadFile(p.path(changesPage))
	if err != nil {
		return err
	}
	since, err := changesSince(string(page), written)
	if err != nil {
		return fmt.Errorf("%s: %w", changesPage, err)
	}
	if len(since) == 0 {
		return nil
	}
	p.Term.Printf("  %s was written for rex %s, and this is %s. What has changed since, and what to do:", s.Name, asked, ours)
	for _, c := range since {
		p.Term.Printf("    %s: %s", c.what, c.instead)
	}
	p.Term.Printf("  with `rex = \"%s\"` in %s this is not said again", majorMinor(ours), file)
	return nil
}

// changesPage says what changed in the interface: a section for each version, the newest first, with a table of changes.
const changesPage = "docs/interface-changes.md"

type change struct{ what, instead string }

// changesSince are those of a page's sections on versions after one. A version of two numbers means all of its third.
func changesSince(page string, written *version.Version) ([]change, error) {
	var since []change
	for _, section := range strings.Split(page, "\n## ")[1:] {
		title, rows, _ := strings.Cut(section, "\n")
		v, err := version.NewVersion(title)
		if err != nil {
			return nil, fmt.Errorf("section %q: %w", title, err)
		}
		if !v.GreaterThan(written) {
			continue
		}
		for row := range strings.Lines(rows) {
			cells := strings.Split(strings.TrimSpace(row), "|")
			if len(cells) != 4 || strings.HasPrefix(cells[1], " ---") || strings.TrimSpace(cells[1]) == "change" {
				continue
			}
			since = append(since, change{strings.TrimSpace(cells[1]), strings.TrimSpace(cells[2])})
		}
	}
	return since, nil
}

// majorMinor is a version as manifests ask for it.
func majorMinor(v *version.Version) string {
	return fmt.Sprintf("%d.%d", v.Segments()[0], v.Segments()[1])
}
