// Package recipe gives the Go code of a stage a digest, so that a change of the code is a change of the stage's inputs, and
// no more than the stage's own code is one.
//
// The code is found in the source by names: what a function names, what that names, and so on, through all packages of the module;
// with a type come its methods, and with a package the files that it may embed. Of other modules the version counts. Types are not
// resolved: rather too much is found than too little. Comments and layout do not count, nor do init functions.
package recipe

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"

	"golang.org/x/mod/modfile"

	"rex/toolchain/digest"
)

// Module is the source of a Go module.
type Module struct {
	root     string            // its folder
	path     string            // what the paths of its packages begin with
	requires map[string]string // versions of modules
	except   []string          // paths of packages that count for nothing

	mu      sync.Mutex
	sources map[string]*source
}

// Open reads the go.mod in a folder. Some packages only carry the code from one place to another and count for nothing: except
// has their paths.
func Open(root string, except ...string) (*Module, error) {
	file := filepath.Join(root, "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mod, err := modfile.ParseLax(file, text, nil)
	if err != nil {
		return nil, err
	}
	m := &Module{root: root, path: mod.Module.Mod.Path, requires: map[string]string{}, except: except, sources: map[string]*source{}}
	for _, r := range mod.Require {
		m.requires[r.Mod.Path] = r.Mod.Version
	}
	return m, nil
}

// Parts returns what functions of this module consist of, sorted, each with its digest: "PACKAGE NAME", "files PACKAGE" and
// "module PATH VERSION". Of functions that are made within others the source must be where they were compiled.
func (m *Module) Parts(functions ...any) ([]string, error) {
	r, err := m.resolve(functions)
	if err != nil {
		return nil, err
	}
	var parts []string
	for d := range r.declarations {
		parts = append(parts, d.in.path+" "+d.name+" "+d.digest)
	}
	for p := range r.packages {
		parts = append(parts, "files "+p.path+" "+p.files)
	}
	for module := range r.modules {
		parts = append(parts, "module "+module+" "+r.requires[module])
	}
	slices.Sort(parts)
	return parts, nil
}

// Digest returns the digest of the parts of functions of this module: the same for the same code.
func (m *Module) Digest(functions ...any) (string, error) {
	parts, err := m.Parts(functions...)
	return digest.String(strings.Join(parts, "\n")), err
}

// resolved gathers what functions consist of.
type resolved struct {
	*Module
	declarations map[*declaration]bool
	packages     map[*source]bool
	modules      map[string]bool
}

func (m *Module) resolve(functions []any) (*resolved, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r := &resolved{m, map[*declaration]bool{}, map[*source]bool{}, map[string]bool{}}
	for _, f := range functions {
		at := runtime.FuncForPC(reflect.ValueOf(f).Pointer())
		file, line := at.FileLine(at.Entry())
		// "rex/toolchain/project.(*Project).define.func3"
		slash := strings.LastIndex(at.Name(), "/")
		pkg, name, _ := strings.Cut(at.Name()[slash+1:], ".")
		p, err := m.source(at.Name()[:slash+1] + pkg)
		if err != nil {
			return nil, err
		}
		d := p.within(filepath.Base(file), line)
		if d == nil {
			// There is one of a name; with a type come its methods.
			if all := p.named[method(name)]; len(all) > 0 {
				d = all[0]
			}
		}
		if d == nil {
			return nil, fmt.Errorf("recipe: no source of %s at %s:%d", at.Name(), file, line)
		}
		if err := r.follow(d); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// method is how a source calls what the runtime calls (*T).M.
func method(name string) string {
	return strings.NewReplacer("(*", "", ")", "").Replace(strings.TrimSuffix(name, "-fm"))
}

// follow adds a declaration, and what it uses.
func (r *resolved) follow(d *declaration) error {
	d.read()
	r.declarations[d], r.packages[d.in] = true, true
	for _, name := range d.names {
		if err := r.add(d.in, name); err != nil {
			return err
		}
	}
	for _, q := range d.others {
		switch {
		case slices.Contains(r.except, q.path):
		case q.path == r.path || strings.HasPrefix(q.path, r.path+"/"):
			p, err := r.source(q.path)
			if err != nil {
				return err
			}
			if err := r.add(p, q.name); err != nil {
				return err
			}
		default: // of a module, or Go's own
			if module := r.module(q.path); module != "" {
				r.modules[module] = true
			}
		}
	}
	return nil
}

// add adds what a package has under a name, and what that uses.
func (r *resolved) add(p *source, name string) error {
	for _, d := range p.named[name] {
		if r.declarations[d] {
			continue
		}
		if err := r.follow(d); err != nil {
			return err
		}
	}
	return nil
}

// module is the one that a package is part of; empty for Go's own packages, whose paths begin with no host.
func (m *Module) module(path string) string {
	host, _, _ := strings.Cut(path, "/")
	if !strings.Contains(host, ".") {
		return ""
	}
	best := ""
	for module := range m.requires {
		if (path == module || strings.HasPrefix(path, module+"/")) && len(module) > len(best) {
			best = module
		}
	}
	return best
}
