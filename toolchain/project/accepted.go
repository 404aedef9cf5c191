package project

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"rex/toolchain/stage"
)

// acceptedPrograms is the stage that makes one extension of the programs that the compiler must accept, with the real runtime: those of
// toolchain/rustc/testdata have one of their own, which no kernel loads.
func (p *Project) acceptedPrograms() (*stage.Stage, error) {
	sources, err := filepath.Glob(p.path("toolchain/rustc/testdata/accepted/*.rs"))
	if err != nil || len(sources) == 0 {
		return nil, fmt.Errorf("no programs that must be accepted: %w", err)
	}
	dir := p.path("build/accepted") // as deep as kernel/accepted, so that its manifest finds the runtime
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.CopyFS(dir, os.DirFS(p.path("kernel/accepted"))); err != nil {
		return nil, err
	}
	var cases strings.Builder
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		name := "case_" + strings.ReplaceAll(strings.TrimSuffix(filepath.Base(path), ".rs"), "-", "_")
		fmt.Fprintf(&cases, "mod %s {\n%s}\n", name, asCase(name, string(text)))
	}
	if err := os.WriteFile(filepath.Join(dir, "src/cases.rs"), []byte(cases.String()), 0o644); err != nil {
		return nil, err
	}
	st, _, err := p.Sample(dir)
	return st, err
}

var ofTheCrate = regexp.MustCompile(`(?m)^#!\[.*\]\n`)

// asCase makes a module of a program, in which the program is one for XDP.
func asCase(name, text string) string {
	const program = "rex::program!(prog);"
	text = ofTheCrate.ReplaceAllString(text, "")
	text, _, _ = strings.Cut(text, program)
	return strings.ReplaceAll(text, "rex::", "crate::") + fmt.Sprintf(
		"#[rex::rex_xdp]\nfn %s(_: &rex::xdp::xdp, _: &mut rex::xdp::xdp_md) -> rex::Result {\n    Ok(prog() as i32)\n}\n", name)
}
