package tools

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"rex/toolchain/pin"
)

// Lock is configs/tools.lock: what the tools tree is made of, to the byte. Lines are
//
//	tree <sha256>                    digest of the finished tree (digest.Tree)
//	snapshot <YYYYMMDDTHHMMSSZ>      a moment at which the Debian archive had all of the packages
//	<sha256> <bytes> <path>          a package, below a mirror of the Debian archive; sorted by path
type Lock struct {
	Tree     string
	Snapshot string
	Packages []pin.File
}

var (
	sha256Form   = regexp.MustCompile(`^[0-9a-f]{64}$`)
	snapshotForm = regexp.MustCompile(`^\d{8}T\d{6}Z$`)
	// As Debian's policy has names and versions; '%' since a mirror's paths are addresses.
	packageForm = regexp.MustCompile(`^pool/[a-z0-9.+/_~%A-Z-]+\.deb$`)
)

// LoadLock reads a lock file.
func LoadLock(file string) (*Lock, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	l, err := ParseLock(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w; `git checkout` brings it back, `mage pins:update tools` makes a new one", file, err)
	}
	return l, nil
}

// ParseLock reads and checks the text of a lock file.
func ParseLock(text []byte) (*Lock, error) {
	l := &Lock{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if strings.HasPrefix(line, "#") || line == "" {
			continue
		}
		if err := l.line(strings.Split(line, " ")); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if len(l.Packages) == 0 {
		return nil, errors.New("it names no package")
	}
	return l, nil
}

func (l *Lock) line(fields []string) error {
	switch {
	case len(fields) == 2 && fields[0] == "tree" && sha256Form.MatchString(fields[1]):
		l.Tree = fields[1]
	case len(fields) == 2 && fields[0] == "snapshot" && snapshotForm.MatchString(fields[1]):
		l.Snapshot = fields[1]
	case len(fields) == 3 && sha256Form.MatchString(fields[0]):
		size, err := strconv.ParseInt(fields[1], 10, 64)
		if err != nil || size <= 0 {
			return fmt.Errorf("%q is no size in bytes", fields[1])
		}
		if !packageForm.MatchString(fields[2]) || path.Clean(fields[2]) != fields[2] {
			return fmt.Errorf("%q is no path of a package", fields[2])
		}
		if n := len(l.Packages); n > 0 && l.Packages[n-1].Path >= fields[2] {
			return fmt.Errorf("%s: not sorted, or there twice", fields[2])
		}
		l.Packages = append(l.Packages, pin.File{SHA256: fields[0], Size: size, Path: fields[2]})
	default:
		return errors.New("neither `tree SHA256`, `snapshot TIME` nor `SHA256 BYTES PATH`")
	}
	return nil
}

// Format writes a lock file.
func (l *Lock) Format() []byte {
	var b bytes.Buffer
	b.WriteString("# Written by `mage pins:update tools`: the packages of the tools tree, and its digest.\n")
	if l.Tree != "" {
		fmt.Fprintf(&b, "tree %s\n", l.Tree)
	}
	if l.Snapshot != "" {
		fmt.Fprintf(&b, "snapshot %s\n", l.Snapshot)
	}
	slices.SortFunc(l.Packages, func(a, b pin.File) int { return strings.Compare(a.Path, b.Path) })
	for _, p := range l.Packages {
		fmt.Fprintf(&b, "%s %d %s\n", p.SHA256, p.Size, p.Path)
	}
	return b.Bytes()
}

// Size returns the sum of the packages' sizes, in bytes.
func (l *Lock) Size() int64 {
	var sum int64
	for _, p := range l.Packages {
		sum += p.Size
	}
	return sum
}

// Changes says what a newer lock has that this one has not, and the other way round: a line for each package.
func (l *Lock) Changes(newer *Lock) []string {
	versions := func(l *Lock) map[string]string {
		m := map[string]string{}
		for _, p := range l.Packages {
			name, version := nameAndVersion(p.Path)
			m[name] = version
		}
		return m
	}
	before, after := versions(l), versions(newer)
	var changes []string
	for name, version := range after {
		switch old, ok := before[name]; {
		case !ok:
			changes = append(changes, fmt.Sprintf("+ %s %s", name, version))
		case old != version:
			changes = append(changes, fmt.Sprintf("~ %s %s -> %s", name, old, version))
		}
	}
	for name, version := range before {
		if _, ok := after[name]; !ok {
			changes = append(changes, fmt.Sprintf("- %s %s", name, version))
		}
	}
	slices.SortFunc(changes, func(a, b string) int { return strings.Compare(a[2:], b[2:]) })
	return changes
}

// nameAndVersion reads them off a package's file name: NAME_VERSION_ARCHITECTURE.deb.
func nameAndVersion(file string) (name, version string) {
	parts := strings.Split(path.Base(file), "_")
	if len(parts) < 2 {
		return path.Base(file), ""
	}
	return parts[0], parts[1]
}
