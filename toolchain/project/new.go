package project

import (
	"path/filepath"
	"strings"

	"rex/toolchain/scaffold"
)

// New writes a new extension with a program of a type and a loader in c or rust: a sample if it is a name, else where the path says.
func (p *Project) New(name, programType, loader string) error {
	dir := p.path(filepath.Join("samples", name))
	if strings.ContainsRune(name, filepath.Separator) {
		var err error
		if dir, err = filepath.Abs(name); err != nil {
			return err
		}
	}
	runtime, err := p.runtimeVersion()
	if err != nil {
		return err
	}
	if err := scaffold.Write(dir, programType, loader, majorMinor(runtime)); err != nil {
		return err
	}
	p.Term.Printf("✓ %s: src/main.rs is the program; `go tool mage run %s` builds it, runs it and looks for what sample.toml expects", dir, name)
	return nil
}

// ProgramTypes lists the types that New takes.
func ProgramTypes() []string { return scaffold.Types() }
