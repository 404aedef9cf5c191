package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// HostMirrors returns the mirrors of the Debian archive that this host knows: REX_DEBIAN_MIRROR alone if it is
// set, else what apt uses (sources.list(5): one-line and deb822 style). None is no error.
func HostMirrors() ([]string, error) {
	if m := os.Getenv("REX_DEBIAN_MIRROR"); m != "" {
		if !usable(m) {
			return nil, fmt.Errorf("REX_DEBIAN_MIRROR=%s: not an http://, https:// or file:///absolute/path address", Redacted(m))
		}
		return []string{m}, nil
	}
	return aptMirrors("/etc/apt")
}

func aptMirrors(dir string) ([]string, error) {
	files := []string{filepath.Join(dir, "sources.list")}
	for _, pattern := range []string{"*.list", "*.sources"} {
		more, err := filepath.Glob(filepath.Join(dir, "sources.list.d", pattern))
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	var mirrors []string
	for _, name := range files {
		f, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		parse := oneLine
		if strings.HasSuffix(name, ".sources") {
			parse = deb822
		}
		found := parse(f)
		f.Close()
		for _, uri := range found {
			for _, m := range resolve(uri) {
				if !slices.Contains(mirrors, m) {
					mirrors = append(mirrors, m)
				}
			}
		}
	}
	// An archive of Debian proper first: others may be configured beside it, of no use if there is one.
	slices.SortStableFunc(mirrors, func(a, b string) int { return rank(a) - rank(b) })
	if i := slices.IndexFunc(mirrors, func(m string) bool { return rank(m) == other }); i > 0 {
		mirrors = mirrors[:i]
	}
	return mirrors, nil
}

// What an archive holds, as far as its address tells.
const (
	debian  = iota // Debian
	similar        // security updates, backports
	other          // something else, or a mirror of an unusual name
)

func rank(mirror string) int {
	switch path := strings.TrimRight(mirror, "/"); {
	case strings.HasSuffix(path, "/debian"):
		return debian
	case strings.Contains(path, "debian"):
		return similar
	}
	return other
}

// oneLine reads lines "deb [options] uri suite component...".
func oneLine(r io.Reader) []string {
	var uris []string
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != "deb" && fields[0] != "deb-src" {
			continue
		}
		fields = fields[1:]
		if strings.HasPrefix(fields[0], "[") {
			for len(fields) > 0 && !strings.HasSuffix(fields[0], "]") {
				fields = fields[1:]
			}
			if len(fields) < 2 {
				continue
			}
			fields = fields[1:]
		}
		uris = append(uris, fields[0])
	}
	return uris
}

// deb822 reads stanzas with a field "URIs:", which may go on over several lines.
func deb822(r io.Reader) []string {
	var uris, stanza []string
	enabled, inURIs := true, false
	end := func() {
		if enabled {
			uris = append(uris, stanza...)
		}
		stanza, enabled, inURIs = nil, true, false
	}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		if strings.TrimSpace(line) == "" {
			end()
			continue
		}
		value := line
		if line[0] != ' ' && line[0] != '\t' {
			name, rest, _ := strings.Cut(line, ":")
			inURIs = strings.EqualFold(name, "URIs")
			if strings.EqualFold(name, "Enabled") && strings.EqualFold(strings.TrimSpace(rest), "no") {
				enabled = false
			}
			value = rest
		}
		if inURIs {
			stanza = append(stanza, strings.Fields(value)...)
		}
	}
	end()
	return uris
}

// resolve returns the mirrors behind a URI of apt's: itself, or the lines of a list (apt-transport-mirror(1)). What
// we cannot fetch from is left out.
func resolve(uri string) []string {
	if list, ok := strings.CutPrefix(uri, "mirror+file:"); ok {
		text, err := os.ReadFile(path.Clean(list))
		if err != nil {
			return nil
		}
		var mirrors []string
		for line := range strings.Lines(string(text)) {
			line, _, _ = strings.Cut(line, "#")
			// Behind the address there may be its priority and the like.
			if fields := strings.Fields(line); len(fields) > 0 && !strings.HasPrefix(fields[0], "mirror+") {
				mirrors = append(mirrors, resolve(fields[0])...)
			}
		}
		return mirrors
	}
	for _, local := range []string{"file:", "copy:"} {
		if dir, ok := strings.CutPrefix(uri, local); ok && strings.HasPrefix(dir, "/") {
			return []string{"file://" + path.Clean(dir)}
		}
	}
	if usable(uri) {
		return []string{uri}
	}
	return nil
}

func usable(uri string) bool {
	return strings.HasPrefix(uri, "http://") || strings.HasPrefix(uri, "https://") || strings.HasPrefix(uri, "file:///")
}
