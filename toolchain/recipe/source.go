package recipe

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/scanner"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"rex/toolchain/digest"
)

// source is a package.
type source struct {
	path  string
	files string // digest of what is no Go and may be embedded
	// named has what a name brings along: a function, type, variable or constant; T.M a method or field. With a type T come its
	// methods, which an interface may call; .M are those of all types, since one may be embedded in another.
	named map[string][]*declaration
	inner map[string]*declaration // functions without a name, by file and line
}

// declaration is something that has a name, or a function without one.
type declaration struct {
	in       *source
	name     string
	text     []byte
	node     ast.Node
	receiver string            // its name; what is asked of it is a field or method of the package
	local    map[string]string // paths of imports by the names that they have here

	digest string      // of text; this and what follows is set by read, when it is asked for
	names  []string    // that it uses and its package may have
	others []qualified // what it uses of other packages
}

type qualified struct{ path, name string }

func (s *source) add(d *declaration) {
	s.named[d.name] = append(s.named[d.name], d)
	if dot := strings.Index(d.name, "."); dot >= 0 {
		s.named[d.name[dot:]] = append(s.named[d.name[dot:]], d)
	}
}

// within returns the function without a name that begins in a line.
func (s *source) within(file string, line int) *declaration {
	return s.inner[fmt.Sprintf("%s:%d", file, line)]
}

// source reads a package of the module, without its tests.
func (m *Module) source(path string) (*source, error) {
	if s := m.sources[path]; s != nil {
		return s, nil
	}
	dir := filepath.Join(m.root, strings.TrimPrefix(strings.TrimPrefix(path, m.path), "/"))
	s := &source{path: path, named: map[string][]*declaration{}, inner: map[string]*declaration{}}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("recipe: package %s: %w", path, err)
	}
	var files strings.Builder
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, "_test.go") || name == "testdata" {
			continue
		}
		if filepath.Ext(name) != ".go" {
			if err := embedded(&files, filepath.Join(dir, name), name); err != nil {
				return nil, err
			}
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if err := s.read(name, text); err != nil {
			return nil, err
		}
	}
	s.files = digest.String(files.String())
	m.sources[path] = s
	return s, nil
}

// embedded adds what is no Go and may be embedded; a folder with Go in it is another package.
func embedded(files *strings.Builder, file, name string) error {
	if inner, err := filepath.Glob(filepath.Join(file, "*.go")); err != nil || len(inner) > 0 {
		return err
	}
	return filepath.WalkDir(file, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		if filepath.Ext(path) == ".go" {
			return nil
		}
		sum, err := digest.File(path)
		fmt.Fprintf(files, "%s %s %s\n", name, strings.TrimPrefix(path, file), sum)
		return err
	})
}

// tokens is the digest of Go without comments and layout; comments that the compiler reads count.
func tokens(text []byte) string {
	var b strings.Builder
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile("", -1, len(text)), text, nil, scanner.ScanComments)
	for {
		_, tok, literal := s.Scan()
		switch {
		case tok == token.EOF:
			return digest.String(b.String())
		case tok == token.COMMENT && !strings.HasPrefix(literal, "//go:"):
		case tok == token.SEMICOLON:
			b.WriteString(";\n") // written or not
		default:
			b.WriteString(tok.String() + " " + literal + "\n")
		}
	}
}

// read adds a file's declarations.
func (s *source) read(name string, text []byte) error {
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, name, text, parser.SkipObjectResolution)
	if err != nil {
		return fmt.Errorf("recipe: %w", err)
	}
	local := map[string]string{} // paths of imports by the names that they have here
	for _, i := range file.Imports {
		path, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		as := path[strings.LastIndex(path, "/")+1:]
		if i.Name != nil {
			as = i.Name.Name
		}
		local[as] = path
	}
	declare := func(name string, node ast.Node, receiver string) *declaration {
		return &declaration{in: s, name: name, text: text[set.Position(node.Pos()).Offset:set.Position(node.End()).Offset], node: node, receiver: receiver, local: local}
	}
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s.function(set, name, d, declare)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					s.add(declare(spec.Name.Name, spec, ""))
					s.fields(spec, declare)
				case *ast.ValueSpec:
					// A constant may owe its value to those before it (iota).
					for _, n := range spec.Names {
						s.add(declare(n.Name, d, ""))
					}
				}
			}
		}
	}
	return nil
}

// read finds what a declaration uses.
func (d *declaration) read() {
	if d.digest != "" {
		return
	}
	d.digest = tokens(d.text)
	if f, ok := d.node.(*ast.FuncDecl); ok {
		// The receiver's type would bring all of its methods.
		ast.Walk(d, f.Type)
		if f.Body != nil {
			ast.Walk(d, f.Body)
		}
		return
	}
	ast.Walk(d, d.node)
}

// Visit makes it an ast.Visitor.
func (d *declaration) Visit(n ast.Node) ast.Visitor {
	switch n := n.(type) {
	case *ast.SelectorExpr:
		x, ok := n.X.(*ast.Ident)
		switch {
		case ok && d.local[x.Name] != "":
			d.others = append(d.others, qualified{d.local[x.Name], n.Sel.Name})
		case ok && x.Name == d.receiver && d.receiver != "":
			d.names = append(d.names, "."+n.Sel.Name)
		default:
			ast.Walk(d, n.X) // what it has is found with its type
		}
		return nil
	case *ast.Ident:
		d.names = append(d.names, n.Name)
	}
	return d
}

type declareFunc func(name string, node ast.Node, receiver string) *declaration

// function adds a function or method, and the functions within it.
func (s *source) function(set *token.FileSet, file string, d *ast.FuncDecl, declare declareFunc) {
	name, receiver, owner := d.Name.Name, "", ""
	if d.Recv != nil {
		of := d.Recv.List[0]
		if len(of.Names) > 0 {
			receiver = of.Names[0].Name
		}
		owner = typeName(of.Type)
		name = owner + "." + name
	}
	method := declare(name, d, receiver)
	s.add(method)
	if owner != "" {
		s.named[owner] = append(s.named[owner], method)
	}
	if d.Body == nil {
		return
	}
	ast.Inspect(d.Body, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncLit); ok {
			at := fmt.Sprintf("%s:%d", file, set.Position(f.Pos()).Line)
			s.inner[at] = declare(name+" func", f, receiver)
		}
		return true
	})
}

// fields adds the fields of a struct: of their types the packages count.
func (s *source) fields(spec *ast.TypeSpec, declare declareFunc) {
	structure, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, f := range structure.Fields.List {
		for _, n := range f.Names {
			s.add(declare(spec.Name.Name+"."+n.Name, f, ""))
		}
	}
}

func typeName(t ast.Expr) string {
	switch t := t.(type) {
	case *ast.StarExpr:
		return typeName(t.X)
	case *ast.IndexExpr:
		return typeName(t.X)
	case *ast.Ident:
		return t.Name
	}
	return ""
}
