// Package targets reads what targets mage has from their source.
package targets

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// Target is one of mage's.
type Target struct {
	Name  string          // as people write it
	Args  []string        // names of what it takes
	Flags map[string]bool // by name: whether they have a value
	Doc   string
}

// Read reads the source of the targets in dir. A name is in lower case, as mage compares it; aliases are there, too.
func Read(dir string) (map[string]*Target, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	targets := map[string]*Target{}
	var aliases []ast.Expr
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if t := of(d); t != nil {
					targets[strings.ToLower(t.Name)] = t
				}
			case *ast.GenDecl:
				for _, s := range d.Specs {
					if v, ok := s.(*ast.ValueSpec); ok && v.Names[0].Name == "Aliases" {
						aliases = v.Values[0].(*ast.CompositeLit).Elts
					}
				}
			}
		}
	}
	for _, a := range aliases {
		pair := a.(*ast.KeyValueExpr)
		name, to := strings.Trim(pair.Key.(*ast.BasicLit).Value, `"`), ""
		switch v := pair.Value.(type) {
		case *ast.Ident:
			to = v.Name
		case *ast.SelectorExpr:
			to = v.X.(*ast.Ident).Name + ":" + v.Sel.Name
		}
		t := targets[strings.ToLower(to)]
		if t == nil {
			return nil, fmt.Errorf("alias %s leads to %s, which is no target", name, to)
		}
		targets[name] = t
	}
	return targets, nil
}

// of is nil for a function that is none.
func of(d *ast.FuncDecl) *Target {
	if !d.Name.IsExported() {
		return nil
	}
	t := &Target{Name: d.Name.Name, Flags: map[string]bool{}, Doc: d.Doc.Text()}
	if d.Recv != nil {
		t.Name = d.Recv.List[0].Type.(*ast.Ident).Name + ":" + t.Name
	}
	var words []string
	for _, part := range strings.Split(t.Name, ":") {
		words = append(words, strings.ToLower(part[:1])+part[1:])
	}
	t.Name = strings.Join(words, ":")
	for _, field := range d.Type.Params.List {
		for _, name := range field.Names {
			switch kind := field.Type.(type) {
			case *ast.StarExpr:
				t.Flags[strings.ToLower(name.Name)] = kind.X.(*ast.Ident).Name != "bool"
			case *ast.Ident:
				t.Args = append(t.Args, name.Name)
			}
		}
	}
	return t
}

// FlagNames are the target's, sorted.
func (t *Target) FlagNames() []string { return slices.Sorted(maps.Keys(t.Flags)) }
