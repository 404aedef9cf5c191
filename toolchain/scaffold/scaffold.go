// Package scaffold writes a new extension: a project that builds, runs and passes its test.
package scaffold

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"
)

//go:embed files
var files embed.FS

// kind is what is particular about a type of program.
type kind struct {
	Type, Program string
	Does          string // one line
	Shows         string // what a run has in the trace, as a regular expression
}

var kinds = []kind{
	{"tracepoint", "on_dup", "Says who calls dup(2)", `PID \d+ calls dup\(1\)`},
	{"kprobe", "on_getppid", "Says who calls getppid(2)", `PID \d+ calls getppid\(\)`},
	{"xdp", "on_packet", "Says what packets arrive at the loopback device", `47 bytes arrive at device 1`},
	{"tc", "on_packet", "Says what packets leave by the loopback device", `47 bytes leave by device 1`},
	{"perf_event", "on_sample", "Says which process the CPU clock finds running", `PID \d+ sampled, period 50000000`},
}

// Types lists the types of programs that there are templates of.
func Types() []string {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Type)
	}
	return names
}

// loaders are the languages that loaders are written in, with what each takes of the files.
var loaders = map[string]string{"c": "loader.c", "rust": "loader/"}

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_-]*$`)

// Write makes the folder dir, whose name becomes that of the extension, with a program of a type and a loader in a language: c or rust. Its
// manifests ask for a version of the runtime.
func Write(dir, programType, loader, runtime string) error {
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.Type == programType })
	if i < 0 {
		return fmt.Errorf("no type of program %q; there are: %s", programType, strings.Join(Types(), ", "))
	}
	if loaders[loader] == "" {
		return fmt.Errorf("no loader in %q; there are: c, rust", loader)
	}
	extension := filepath.Base(dir)
	if !nameForm.MatchString(extension) {
		return fmt.Errorf("%q cannot be a crate's name; it takes lower-case letters, digits, - and _, a letter first", extension)
	}
	if _, err := os.Lstat(dir); err == nil {
		return fmt.Errorf("%s is there already; choose another name, or remove it", dir)
	}
	return fs.WalkDir(files, "files", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "files/"), ".tmpl")
		if strings.HasPrefix(name, "loader") && !strings.HasPrefix(name, loaders[loader]) {
			return nil
		}
		t, err := template.ParseFS(files, path)
		if err != nil {
			return err
		}
		var text bytes.Buffer
		if err := t.Execute(&text, struct {
			kind
			Name, Ident, Rex string
		}{kinds[i], extension, strings.ReplaceAll(extension, "-", "_"), runtime}); err != nil {
			return err
		}
		to := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.WriteFile(to, text.Bytes(), 0o644)
	})
}
