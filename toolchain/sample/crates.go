package sample

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// Crate is a library that extensions, or they and their loaders, share, which a manifest names by its path.
type Crate struct {
	Package string
	Dir     string
}

// Packages of the runtime and of the loader library. Wherever a manifest looks for them, it gets this checkout's.
const (
	runtimeCrate = "rex"
	loaderCrate  = "librex"
)

func isOurs(pkg string) bool { return pkg == runtimeCrate || pkg == loaderCrate }

// Crates returns the crates that the extension and the sample's programs are made from, by paths that lead out of its folder, and those that these name.
// A build finds each by its package (Rewire).
func (s *Sample) Crates() ([]Crate, error) {
	var crates []Crate
	err := s.walk(func(m *manifest, d *dependency) (string, error) {
		if isOurs(d.pkg) {
			return "", nil
		}
		dir := m.folder(d)
		if !exists(filepath.Join(dir, "Cargo.toml")) {
			return "", fmt.Errorf("%s: dependency %s: there is no crate in %s; correct its path", m.file, d.name, dir)
		}
		if within(s.Dir, dir) {
			return dir, nil
		}
		i := slices.IndexFunc(crates, func(c Crate) bool { return c.Package == d.pkg })
		switch {
		case i < 0:
			crates = append(crates, Crate{Package: d.pkg, Dir: dir})
		case !same(crates[i].Dir, dir):
			return "", fmt.Errorf("%s: two crates are called %s, in %s and in %s; rename one", m.file, d.pkg, crates[i].Dir, dir)
		}
		return dir, nil
	})
	return crates, err
}

// Rewire makes the manifests of the extension, which must be a copy, of its programs and of its crates find the runtime and the loader
// library in folders of their own and the crates, each under the name of its package, in another: wherever they lie, what they are
// compiled from is what was copied.
func (s *Sample) Rewire(runtime, loader, crates string) error {
	found := false
	err := s.walk(func(m *manifest, d *dependency) (string, error) {
		switch d.pkg {
		case runtimeCrate:
			found = found || m.dir == s.Dir
			m.move(d, runtime)
			return "", nil
		case loaderCrate:
			m.move(d, loader)
			return "", nil
		}
		dir := m.folder(d)
		if !within(s.Dir, dir) {
			dir = filepath.Join(crates, d.pkg)
			m.move(d, dir)
		}
		return dir, nil
	})
	if err == nil && !found {
		err = fmt.Errorf("%s: no dependency on rex; an extension has `rex = \"*\"` below [dependencies]", filepath.Join(s.Dir, "Cargo.toml"))
	}
	return err
}

// manifest is a Cargo.toml.
type manifest struct {
	dir, file string
	all       map[string]any
	changed   bool
}

// dependency is one that has a path, or is ours.
type dependency struct {
	table           map[string]any // that it stands in
	name, pkg, path string
}

// walk visits the dependencies of the extension, of the programs in Rust, and of the crates where visit says that they lie, each crate once.
func (s *Sample) walk(visit func(*manifest, *dependency) (string, error)) error {
	programs, err := List(s.Dir)
	if err != nil {
		return err
	}
	seen := []string{s.Dir}
	for _, name := range programs {
		seen = append(seen, filepath.Join(s.Dir, name))
	}
	for i := 0; i < len(seen); i++ {
		m, err := readManifest(seen[i])
		if err != nil {
			return err
		}
		for _, d := range m.dependencies() {
			next, err := visit(m, d)
			if err != nil {
				return err
			}
			if next != "" && !slices.Contains(seen, next) {
				seen = append(seen, next)
			}
		}
		if err := m.write(); err != nil {
			return err
		}
	}
	return nil
}

func readManifest(dir string) (*manifest, error) {
	m := &manifest{dir: dir, file: filepath.Join(dir, "Cargo.toml")}
	text, err := os.ReadFile(m.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no crate in %s: it has no Cargo.toml", dir)
	} else if err != nil {
		return nil, err
	}
	if err := toml.Unmarshal(text, &m.all); err != nil {
		return nil, fmt.Errorf("%s: %w", m.file, err)
	}
	return m, nil
}

// dependencies are in the order of their names. Those of tests are not among them.
func (m *manifest) dependencies() []*dependency {
	tables := []any{m.all["dependencies"], m.all["build-dependencies"]}
	targets, _ := m.all["target"].(map[string]any)
	for _, name := range sorted(targets) {
		target, _ := targets[name].(map[string]any)
		tables = append(tables, target["dependencies"], target["build-dependencies"])
	}
	var list []*dependency
	for _, t := range tables {
		table, _ := t.(map[string]any)
		for _, name := range sorted(table) {
			d := &dependency{table: table, name: name, pkg: name}
			if asked, ok := table[name].(map[string]any); ok {
				d.path, _ = asked["path"].(string)
				if pkg, ok := asked["package"].(string); ok {
					d.pkg = pkg
				}
			}
			if d.path != "" || isOurs(d.pkg) {
				list = append(list, d)
			}
		}
	}
	return list
}

// folder is where the manifest says that a dependency is.
func (m *manifest) folder(d *dependency) string {
	if filepath.IsAbs(d.path) {
		return filepath.Clean(d.path)
	}
	return filepath.Join(m.dir, d.path)
}

// move lets a dependency be found in dir.
func (m *manifest) move(d *dependency, dir string) {
	asked, ok := d.table[d.name].(map[string]any)
	if d.path != "" && same(m.folder(d), dir) && asked["version"] == nil {
		return
	}
	if !ok {
		asked = map[string]any{}
	}
	for _, origin := range []string{"git", "branch", "tag", "rev", "version", "registry"} {
		delete(asked, origin)
	}
	asked["path"] = dir
	d.table[d.name] = asked
	m.changed = true
}

// write writes what was changed. Dependencies of tests, which nobody has looked for, go.
func (m *manifest) write() error {
	if !m.changed {
		return nil
	}
	delete(m.all, "dev-dependencies")
	text, err := toml.Marshal(m.all)
	if err != nil {
		return err
	}
	return os.WriteFile(m.file, text, 0o644)
}

func sorted(table map[string]any) []string {
	names := make([]string, 0, len(table))
	for name := range table {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// same tells whether two paths lead to the same folder.
func same(a, b string) bool {
	one, err := os.Stat(a)
	if err != nil {
		return false
	}
	two, err := os.Stat(b)
	return err == nil && os.SameFile(one, two)
}

// within tells whether path is dir or lies below it.
func within(dir, path string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimSuffix(dir, "/")+"/")
}
