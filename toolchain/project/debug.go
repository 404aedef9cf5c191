package project

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"rex/toolchain/kernel"
	"rex/toolchain/sample"
	"rex/toolchain/store"
	"rex/toolchain/vm"
)

//go:embed debug.py
var debugScript string

// sourceRoot names, in what was built for a debugger, the folder that its sources were in.
const sourceRoot = "source-root"

// UseDebugInfo has extensions built with debug information, and the machine of a run wait for gdb.
func (p *Project) UseDebugInfo(yes bool) { p.debugInfo = yes }

// waitForGDBOn makes the machine of a run wait for gdb, which is told of the kernel, the extension and their sources.
func (p *Project) waitForGDBOn(m *vm.Machine, s *sample.Sample, built *store.Result, results map[string]*store.Result) error {
	objects, err := filepath.Glob(filepath.Join(built.Dir, "target", sample.Target, "release", "*"))
	if err != nil {
		return err
	}
	byName := map[string]string{}
	for _, o := range objects {
		byName[filepath.Base(o)] = o
	}
	root, err := os.ReadFile(filepath.Join(built.Dir, sourceRoot))
	if err != nil {
		return err
	}
	if err := p.takeGDBPort(m); err != nil {
		return err
	}
	script := filepath.Join(p.Store.Dir(), "vm", "gdb-"+s.Name+".py")
	if err := os.MkdirAll(filepath.Dir(script), 0o755); err != nil {
		return err
	}
	text := ""
	for _, v := range []struct {
		name  string
		value any
	}{
		{"VMLINUX", filepath.Join(results[p.kernel.Name].Dir, kernel.Vmlinux)}, {"PORT", m.GDB}, {"OBJECTS", byName},
		{"SOURCES", [][2]string{
			{filepath.Join(string(root), "samples", s.Name), s.Dir}, {filepath.Join(string(root), outsideDir, s.Name), s.Dir}, {string(root), p.Root},
			{p.toolset.Seen("", "/workspace") + "/src", results[p.linuxSource.Name].Dir},
		}},
	} {
		b, err := json.Marshal(v.value)
		if err != nil {
			return err
		}
		text += fmt.Sprintf("%s = %s\n", v.name, b)
	}
	if err := os.WriteFile(script, []byte(text+debugScript), 0o644); err != nil {
		return err
	}
	p.Term.Printf("waiting for gdb; in another terminal:\n  gdb -x %s\nthen `break main.rs:LINE` or `break FUNCTION`, and `continue`", script)
	return nil
}
