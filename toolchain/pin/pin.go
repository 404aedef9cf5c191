// Package pin reads what Rex is built from: configs/pins.toml.
package pin

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Component is one source, at one version.
type Component struct {
	Name    string   `toml:"-"`
	Version string   `toml:"version"`
	Tree    string   `toml:"tree"`  // digest of the pruned tree (digest.Tree); may be empty
	Prune   []string `toml:"prune"` // paths that are left out of every origin
	Origins []Origin `toml:"origin"`
}

// Kind tells origins apart.
type Kind string

const (
	Debian  Kind = "debian"  // Files below a mirror of the Debian archive
	Archive Kind = "archive" // Files at addresses of their own
	Git     Kind = "git"     // one commit
)

// Origin is a place that a component can come from.
type Origin struct {
	Kind   Kind   `toml:"kind"`
	Files  []File `toml:"file"`
	URL    string `toml:"url"`    // of a repository
	Ref    string `toml:"ref"`    // full name of a branch or tag; or
	Commit string `toml:"commit"` // a commit, which proves the tree by itself
	// Paths of the submodules that are wanted, each at the commit that the tree names.
	Submodules []string `toml:"submodules"`
}

// File is one file of an origin.
type File struct {
	Path   string `toml:"path"` // below a Debian mirror
	URL    string `toml:"url"`
	SHA256 string `toml:"sha256"` // hexadecimal
	Size   int64  `toml:"size"`   // in bytes; 0 if it is not known
	Strip  int    `toml:"strip"`  // leading folders to leave out when unpacking
}

// Name returns the file's own name.
func (f File) Name() string {
	if f.Path != "" {
		return path.Base(f.Path)
	}
	return path.Base(f.URL)
}

// Pins are all components by name.
type Pins map[string]*Component

// Load reads a pins file.
func Load(file string) (Pins, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pins, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return pins, nil
}

// Component returns a component, or an error that lists those that exist.
func (p Pins) Component(name string) (*Component, error) {
	if c, ok := p[name]; ok {
		return c, nil
	}
	names := make([]string, 0, len(p))
	for n := range p {
		names = append(names, n)
	}
	slices.Sort(names)
	return nil, fmt.Errorf("no component %q is pinned; there are: %s", name, strings.Join(names, ", "))
}

// Parse reads pins and checks every field.
func Parse(text []byte) (Pins, error) {
	pins := Pins{}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&pins); err != nil {
		var strict *toml.StrictMissingError
		var decode *toml.DecodeError
		switch {
		case errors.As(err, &strict):
			return nil, fmt.Errorf("unknown field:\n%s", strict.String())
		case errors.As(err, &decode):
			row, col := decode.Position()
			return nil, fmt.Errorf("line %d, column %d: %w", row, col, err)
		}
		return nil, err
	}
	for name, c := range pins {
		if c == nil {
			return nil, fmt.Errorf("%s: empty", name)
		}
		c.Name = name
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return pins, nil
}

var (
	sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)
	commitForm = regexp.MustCompile(`^[0-9a-f]{40}$`)
	nameForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
)

func (c *Component) check() error {
	switch {
	case !nameForm.MatchString(c.Name):
		return errors.New("a component's name has lower case letters, digits and dashes")
	case c.Version == "":
		return errors.New("version is missing")
	case c.Tree != "" && !sha256Form.MatchString(c.Tree):
		return fmt.Errorf("tree = %q is no digest of 64 hexadecimal digits", c.Tree)
	case len(c.Origins) == 0:
		return errors.New("no origin")
	}
	for _, p := range c.Prune {
		if !local(p) {
			return fmt.Errorf("prune: %q is no path within the tree", p)
		}
	}
	for i, o := range c.Origins {
		if err := o.check(c.Tree != ""); err != nil {
			return fmt.Errorf("origin %d (%s): %w", i+1, o.Kind, err)
		}
	}
	return nil
}

// check checks an origin; its content must be provable, by itself or by the tree digest.
func (o *Origin) check(tree bool) error {
	switch o.Kind {
	case Git:
		switch {
		case !absolute(o.URL, "https", "http", "file"):
			return fmt.Errorf("url = %q is no https, http or file address", o.URL)
		case o.Commit != "" && !commitForm.MatchString(o.Commit):
			return fmt.Errorf("commit = %q is no full commit id", o.Commit)
		case o.Commit == "" && (!strings.HasPrefix(o.Ref, "refs/") || !tree):
			return errors.New("a git origin needs a commit, or a ref (refs/tags/...) and the component's tree digest")
		case len(o.Files) > 0:
			return errors.New("a git origin has no files")
		}
		for _, p := range o.Submodules {
			if !local(p) {
				return fmt.Errorf("submodules: %q is no path within the tree", p)
			}
		}
		return nil
	case Debian, Archive:
		if o.URL != "" || o.Ref != "" || o.Commit != "" || len(o.Submodules) > 0 {
			return errors.New("url, ref, commit and submodules are for git origins; a file has its own url or path")
		}
	default:
		return fmt.Errorf("kind = %q; it takes debian, archive or git", o.Kind)
	}
	if len(o.Files) == 0 {
		return errors.New("no file")
	}
	for _, f := range o.Files {
		switch {
		case o.Kind == Debian && (!strings.HasPrefix(f.Path, "pool/") || !local(f.Path)):
			return fmt.Errorf("path = %q is not below pool/", f.Path)
		case o.Kind == Archive && !absolute(f.URL, "https"):
			return fmt.Errorf("url = %q is no https address", f.URL)
		case f.SHA256 == "" && !tree:
			return fmt.Errorf("%s: sha256 is missing, and there is no tree digest to prove it by", f.Name())
		case f.SHA256 != "" && !sha256Form.MatchString(f.SHA256):
			return fmt.Errorf("%s: sha256 = %q is no digest of 64 hexadecimal digits", f.Name(), f.SHA256)
		case f.Size < 0 || f.Strip < 0:
			return fmt.Errorf("%s: size and strip are not negative", f.Name())
		}
	}
	return nil
}

func local(p string) bool {
	return p != "" && path.Clean(p) == p && !path.IsAbs(p) && p != ".." && !strings.HasPrefix(p, "../")
}

func absolute(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	return err == nil && slices.Contains(schemes, u.Scheme) && (u.Host != "" || u.Scheme == "file") && u.User == nil
}
