package sample

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pelletier/go-toml/v2"
)

// UseRuntime makes the crate, which must be a copy, depend on the runtime crate in a folder, wherever its manifest looks for rex: an extension
// that lies anywhere need not know where Rex is.
func (s *Sample) UseRuntime(dir string) error {
	path := filepath.Join(s.Dir, "Cargo.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var manifest map[string]any
	if err := toml.Unmarshal(text, &manifest); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	dependencies, _ := manifest["dependencies"].(map[string]any)
	if dependencies["rex"] == nil {
		return fmt.Errorf("%s: no dependency on rex; an extension has `rex = \"*\"` below [dependencies]", path)
	}
	asked, ok := dependencies["rex"].(map[string]any)
	if !ok {
		asked = map[string]any{}
	}
	if found, ok := asked["path"].(string); ok && same(filepath.Join(s.Dir, found), dir) {
		return nil
	}
	for _, origin := range []string{"git", "branch", "tag", "rev", "version", "registry"} {
		delete(asked, origin)
	}
	asked["path"] = dir
	dependencies["rex"] = asked
	if text, err = toml.Marshal(manifest); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o644)
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
