// Package pin reads what Rex is built from: configs/pins.toml.
package pin

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"rex/toolchain/conf"
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
	Size   int64  `toml:"size"`   // in bytes, up to Largest; 0 if it is not known
	Strip  int    `toml:"strip"`  // leading folders to leave out when unpacking
}

// Largest is how many bytes a file may have: some ten times as many as the largest that we know.
const Largest = 4 << 30

// deepest is how many leading folders can be left out.
const deepest = 16

// Name returns the file's own name.
func (f File) Name() string {
	if f.Path != "" {
		return path.Base(f.Path)
	}
	return path.Base(f.URL)
}

// Pins are all components by name.
type Pins map[string]*Component

// Load reads a pins file. An error names it, with the line.
func Load(file string) (Pins, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pins, err := Parse(text)
	return pins, conf.In(file, err)
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

// Parse reads pins and checks every field. Its errors are of type *conf.Error.
func Parse(text []byte) (Pins, error) {
	pins := Pins{}
	if err := conf.Decode(text, &pins); err != nil {
		return nil, err
	}
	if len(pins) == 0 {
		return nil, &conf.Error{Line: 1, Err: errors.New("no component is pinned")}
	}
	lines := tables(text)
	var first *conf.Error
	for name, c := range pins {
		err := &conf.Error{Line: lines.of(name)}
		if c == nil {
			err.Err = fmt.Errorf("%s: empty", name)
		} else {
			c.Name = name
			err = c.check(lines)
		}
		// Maps have no order; a person reads from the top.
		if err != nil && (first == nil || err.Line < first.Line) {
			first = err
		}
	}
	if first != nil {
		return nil, first
	}
	return pins, nil
}

var (
	sha256Form = regexp.MustCompile(`^[0-9a-f]{64}$`)
	commitForm = regexp.MustCompile(`^[0-9a-f]{40}$`)
	refForm    = regexp.MustCompile(`^refs/[A-Za-z0-9._+~/-]+$`)
	nameForm   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]*$`)
	// versionForm is that of Debian and of upstreams.
	versionForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+~:_-]*$`)
	// fileForm is what an archive that can be unpacked is called, in a path without what an address would take for something else.
	fileForm = regexp.MustCompile(`^[A-Za-z0-9._+~@:/-]*[A-Za-z0-9_+~-]\.(tar|tar\.gz|tar\.xz|tar\.zst|deb)$`)
)

func (c *Component) check(lines lines) *conf.Error {
	fail := func(line int, err error) *conf.Error {
		return &conf.Error{Line: line, Err: fmt.Errorf("%s: %w", c.Name, err)}
	}
	if err := c.checkSelf(); err != nil {
		return fail(lines.of(c.Name), err)
	}
	for i, o := range c.Origins {
		if err := o.check(c.Tree != ""); err != nil {
			return fail(lines.of(c.Name, i), fmt.Errorf("origin %d (%s): %w", i+1, o.Kind, err))
		}
		for k, f := range o.Files {
			err := f.check(o.Kind, c.Tree != "")
			if twice := slices.IndexFunc(o.Files, func(g File) bool { return g.Path == f.Path && g.URL == f.URL }); err == nil && twice < k {
				err = errors.New("the same file a second time")
			}
			if err != nil {
				return fail(lines.of(c.Name, i, k), fmt.Errorf("origin %d (%s): %s: %w", i+1, o.Kind, f.Name(), err))
			}
		}
	}
	return nil
}

func (c *Component) checkSelf() error {
	switch {
	case !nameForm.MatchString(c.Name):
		return errors.New("a component's name has lower case letters, digits and dashes")
	case c.Version == "":
		return errors.New("version is missing")
	case !versionForm.MatchString(c.Version):
		return fmt.Errorf("version = %q; it takes letters, digits and . + ~ : _ -", c.Version)
	case c.Tree != "" && !sha256Form.MatchString(c.Tree):
		return fmt.Errorf("tree = %q is no digest of 64 hexadecimal digits (lower case)", c.Tree)
	case len(c.Origins) == 0:
		return errors.New("no origin")
	}
	return checkPaths("prune", c.Prune)
}

// check checks an origin; its content must be provable, by itself or by the tree digest.
func (o *Origin) check(tree bool) error {
	switch o.Kind {
	case Git:
		switch {
		case !address(o.URL, "https", "http", "git", "file"):
			return fmt.Errorf("url = %q is no https, http, git or file address of a repository", o.URL)
		case o.Commit != "" && !commitForm.MatchString(o.Commit):
			return fmt.Errorf("commit = %q is no full commit id", o.Commit)
		case o.Commit != "" && o.Ref != "":
			return errors.New("both a commit and a ref; a commit alone says what is wanted")
		case o.Commit == "" && (!refForm.MatchString(o.Ref) || !tree):
			return errors.New("a git origin needs a commit, or a ref (refs/tags/...) and the component's tree digest")
		case len(o.Files) > 0:
			return errors.New("a git origin has no files")
		}
		return checkPaths("submodules", o.Submodules)
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
	return nil
}

func (f *File) check(kind Kind, tree bool) error {
	const form = "an archive (.tar, .tar.gz, .tar.xz, .tar.zst, .deb) without query or escapes"
	switch {
	case kind == Debian && f.URL != "":
		return errors.New("a file of a Debian mirror has a path and no url")
	case kind == Debian && (!strings.HasPrefix(f.Path, "pool/") || !local(f.Path)):
		return fmt.Errorf("path = %q is not below pool/", f.Path)
	case kind == Debian && !fileForm.MatchString(f.Path):
		return fmt.Errorf("path = %q is not the name of %s", f.Path, form)
	case kind == Archive && f.Path != "":
		return errors.New("a file at an address of its own has a url and no path")
	case kind == Archive && !address(f.URL, "https"):
		return fmt.Errorf("url = %q is no https address", f.URL)
	case kind == Archive && !fileForm.MatchString(f.URL):
		return fmt.Errorf("url = %q is not the address of %s", f.URL, form)
	case f.SHA256 == "" && !tree:
		return errors.New("sha256 is missing, and there is no tree digest to prove it by")
	case f.SHA256 != "" && !sha256Form.MatchString(f.SHA256):
		return fmt.Errorf("sha256 = %q is no digest of 64 hexadecimal digits (lower case)", f.SHA256)
	case f.Size < 0 || f.Size > Largest:
		return fmt.Errorf("size = %d; it takes up to %d bytes", f.Size, int64(Largest))
	case f.Strip < 0 || f.Strip > deepest:
		return fmt.Errorf("strip = %d; it takes 0 to %d folders", f.Strip, deepest)
	}
	return nil
}

func checkPaths(field string, paths []string) error {
	for i, p := range paths {
		if !local(p) {
			return fmt.Errorf("%s: %q is no path within the tree", field, p)
		}
		if slices.Contains(paths[:i], p) {
			return fmt.Errorf("%s: %q a second time", field, p)
		}
	}
	return nil
}

func local(p string) bool {
	return p != "" && p != "." && path.Clean(p) == p && !path.IsAbs(p) && p != ".." && !strings.HasPrefix(p, "../") && !strings.ContainsFunc(p, unicode.IsControl)
}

// address tells whether s leads to a file or repository by one of the schemes, and says nothing that a program could take for an
// option or a password.
func address(s string, schemes ...string) bool {
	u, err := url.Parse(s)
	if err != nil || !slices.Contains(schemes, u.Scheme) || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return false
	}
	return (u.Host != "" && !strings.HasPrefix(u.Host, "-") || u.Host == "" && u.Scheme == "file") && len(u.Path) > 1
}
